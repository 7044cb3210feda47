using System.Text.Json;
using Microsoft.Extensions.AI;
using Plinth.Core;
using Plinth.Data.Text.Chat;
using Message = Plinth.Data.Text.Chat.ChatMessage;
using SentMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Plinth.Inference.Chat;

/// <summary>Turns the messages of a request into those that templates know.</summary>
internal static class ConversationReader
{
    /// <exception cref="PlinthException">There are no messages, or one holds something other than text and calls of tools.</exception>
    public static ChatConversation Read(IEnumerable<SentMessage> messages, string? instructions)
    {
        ArgumentNullException.ThrowIfNull(messages);
        List<Message> result = [];
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        var number = 0;
        foreach (var message in messages)
        {
            Add(message, number++, result, names);
        }

        if (result.Count == 0)
        {
            throw new PlinthException("The request has no messages. Send at least one.");
        }

        if (!string.IsNullOrEmpty(instructions))
        {
            // Most templates know one system message only, at the beginning.
            if (result[0].Role == "system")
            {
                result[0] = result[0] with { Text = $"{instructions}\n\n{result[0].Text}" };
            }
            else
            {
                result.Insert(0, new("system", instructions));
            }
        }

        return new(result);
    }

    private static void Add(SentMessage message, int number, List<Message> result, Dictionary<string, string> names)
    {
        string? text = null, reasoning = null;
        List<ChatToolCall> calls = [];
        var count = result.Count;
        foreach (var content in message.Contents)
        {
            switch (content)
            {
                case TextContent piece:
                    text += piece.Text;
                    break;
                case TextReasoningContent thought when message.Role == ChatRole.Assistant:
                    reasoning += thought.Text;
                    break;
                case FunctionCallContent call when message.Role == ChatRole.Assistant:
                    names[call.CallId] = call.Name;
                    calls.Add(new(call.Name, ToJson(call.Arguments ?? new Dictionary<string, object?>())) { Id = call.CallId });
                    break;
                case FunctionResultContent answer when message.Role == ChatRole.Tool:
                    result.Add(new("tool", TextOf(answer.Result)) { Fields = ResultFields(answer.CallId, names) });
                    break;
                default:
                    throw new PlinthException(
                        $"Message {number} ({message.Role.Value}) holds a {content.GetType().Name}, which this model cannot read there. Messages hold text; an assistant's also calls of tools and thoughts, a tool's its results.");
            }
        }

        if (result.Count == count || text is not null)
        {
            Dictionary<string, JsonElement> fields = new(StringComparer.Ordinal);
            if (message.AuthorName is { } author)
            {
                fields["name"] = ToJson(author);
            }

            result.Add(new(message.Role.Value, text ?? (calls.Count > 0 ? null : "")) { ToolCalls = calls, Reasoning = reasoning, Fields = fields });
        }
    }

    private static Dictionary<string, JsonElement> ResultFields(string callId, Dictionary<string, string> names)
    {
        Dictionary<string, JsonElement> fields = new(StringComparer.Ordinal) { ["tool_call_id"] = ToJson(callId) };
        if (names.TryGetValue(callId, out var name))
        {
            fields["name"] = ToJson(name);
        }

        return fields;
    }

    private static string TextOf(object? result) => result switch
    {
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } text => text.GetString()!,
        TextContent text => text.Text,
        _ => ToJson(result).GetRawText(),
    };

    private static JsonElement ToJson(object? value) => JsonSerializer.SerializeToElement(value, AIJsonUtilities.DefaultOptions);
}
