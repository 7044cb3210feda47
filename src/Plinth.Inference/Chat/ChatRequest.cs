using System.Text.Json;
using Microsoft.Extensions.AI;
using Plinth.Core;
using Plinth.Data.Text.Chat;
using Plinth.Inference.Sampling;

namespace Plinth.Inference.Chat;

/// <summary>A request as the generator takes it.</summary>
/// <param name="Prompt">The rendered conversation.</param>
/// <param name="Options">How tokens are chosen.</param>
internal sealed record ChatRequest(string Prompt, GenerationOptions Options)
{
    /// <summary>How calls of tools are told from text; null when there are no tools.</summary>
    public ToolCallReader? Tools { get; init; }

    /// <summary>What of the answer is in the prompt already, since a call is required.</summary>
    public string Begun { get; init; } = "";

    /// <summary>Whether the answer ends with its first call.</summary>
    public bool IsSingleCall { get; init; }
}

/// <summary>The tools of a request.</summary>
internal sealed class ChatTools
{
    private readonly List<AIFunctionDeclaration> functions = [];

    private ChatTools(IEnumerable<AIFunctionDeclaration> functions) => this.functions.AddRange(functions);

    public IReadOnlyList<JsonElement> Schemas => [.. functions.Select(Schema)];

    public IReadOnlySet<string> Names => functions.Select(function => function.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>The tools that the model may call; null when there are none, or it must not.</summary>
    /// <exception cref="ClientOptionException">A tool is of another kind, or a mode cannot be honoured.</exception>
    public static ChatTools? Of(ChatOptions? options)
    {
        var tools = options?.Tools is { Count: > 0 } given && options.ToolMode is not NoneChatToolMode ? given : null;
        if (tools is null)
        {
            ChatOptionReader.Require(options?.ToolMode is not RequiredChatToolMode, nameof(ChatOptions.ToolMode), "it requires a call, and there are no tools.");
            return null;
        }

        foreach (var tool in tools)
        {
            ChatOptionReader.Require(tool is AIFunctionDeclaration, nameof(ChatOptions.Tools), $"'{tool.Name}' is a {tool.GetType().Name}. Functions are supported.");
        }

        ChatOptionReader.Require(options!.ResponseFormat is null or ChatResponseFormatText, nameof(ChatOptions.ResponseFormat), "an answer that must be JSON cannot call tools. Leave the tools out, or set ToolMode to None.");
        return new(tools.Cast<AIFunctionDeclaration>());
    }

    /// <summary>The tools that a required call may name.</summary>
    public IEnumerable<(string Name, JsonElement Parameters)> Required(RequiredChatToolMode mode)
    {
        var found = functions.Where(function => mode.RequiredFunctionName is null || function.Name == mode.RequiredFunctionName).ToList();
        ChatOptionReader.Require(found.Count > 0, nameof(ChatOptions.ToolMode), $"it requires a call of '{mode.RequiredFunctionName}', which is not among the tools.");
        return found.Select(function => (function.Name, function.JsonSchema));
    }

    private static JsonElement Schema(AIFunctionDeclaration function) => JsonSerializer.SerializeToElement(
        new Dictionary<string, object?>
        {
            ["type"] = "function",
            ["function"] = new Dictionary<string, object?> { ["name"] = function.Name, ["description"] = function.Description, ["parameters"] = function.JsonSchema },
        },
        AIJsonUtilities.DefaultOptions);
}
