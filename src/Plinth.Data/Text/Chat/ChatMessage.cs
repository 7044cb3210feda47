using System.Text.Json;
using Plinth.Core;

namespace Plinth.Data.Text.Chat;

/// <summary>A piece of a message that consists of several.</summary>
/// <param name="Type">What it is, for example <c>text</c> or <c>image</c>.</param>
/// <param name="Text">The text of a piece of text.</param>
public sealed record ChatPart(string Type, string? Text = null)
{
    /// <summary>Further fields as the file has them.</summary>
    public IReadOnlyDictionary<string, JsonElement> Fields { get; init; } = new Dictionary<string, JsonElement>();
}

/// <summary>A tool that the assistant calls.</summary>
/// <param name="Name">Name of the tool.</param>
/// <param name="Arguments">An object, or a string that holds one.</param>
public sealed record ChatToolCall(string Name, JsonElement Arguments)
{
    /// <summary>What an answer refers to.</summary>
    public string? Id { get; init; }
}

/// <summary>One message of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c> or another role of the template.</param>
/// <param name="Text">What is said; null for a message of parts, or of tool calls alone.</param>
public sealed record ChatMessage(string Role, string? Text = null)
{
    /// <summary>The pieces of a message that is more than one text.</summary>
    public IReadOnlyList<ChatPart>? Parts { get; init; }

    /// <summary>Tools that the assistant calls.</summary>
    public IReadOnlyList<ChatToolCall> ToolCalls { get; init; } = [];

    /// <summary>What the assistant thought before it spoke.</summary>
    public string? Reasoning { get; init; }

    /// <summary>Further fields as the file has them, for example <c>name</c> or <c>tool_call_id</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement> Fields { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Whether the assistant speaks.</summary>
    public bool IsAssistant => Role == "assistant";

    /// <summary>All text of the message.</summary>
    public string AllText => Parts is { } parts ? string.Concat(parts.Select(part => part.Text)) : Text ?? "";

    /// <summary>Reads a message in the form of the chat APIs.</summary>
    /// <param name="json">An object with <c>role</c> and <c>content</c>.</param>
    /// <param name="place">Where it stands, for messages.</param>
    /// <exception cref="BadInputException">It has another form.</exception>
    public static ChatMessage FromJson(JsonElement json, string place) => ChatJson.Message(json, place);

    /// <summary>The message as templates see it.</summary>
    public JsonElement ToJson() => ChatJson.Of(this);
}

/// <summary>A conversation with what a template needs beside it.</summary>
/// <param name="Messages">In order.</param>
public sealed record ChatConversation(IReadOnlyList<ChatMessage> Messages)
{
    /// <summary>Tools in the form of JSON schemas; null when there are none.</summary>
    public IReadOnlyList<JsonElement>? Tools { get; init; }

    /// <summary>Further variables of the template, for example <c>enable_thinking</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>File and line that it came from.</summary>
    public string Place { get; init; } = "";

    internal ChatConversation With(int message, ChatMessage other) => this with { Messages = [.. Messages.Select((m, i) => i == message ? other : m)] };

    internal ChatConversation First(int count, params ReadOnlySpan<ChatMessage> then) => this with { Messages = [.. Messages.Take(count), .. then] };
}
