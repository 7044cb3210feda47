using System.Text.Json;
using Plinth.Core;
using Plinth.Core.Checkpoints;

namespace Plinth.Data.Text.Chat;

/// <summary>Messages from and to JSON.</summary>
internal static class ChatJson
{
    private static readonly JsonElement Null = JsonDocument.Parse("null").RootElement;

    public static ChatConversation Conversation(JsonElement json, string place) => Checked(json, place, () => ConversationOf(json, place));

    public static ChatMessage Message(JsonElement json, string place) => Checked(json, place, () => MessageOf(json, place));

    private static ChatConversation ConversationOf(JsonElement json, string place)
    {
        if (!json.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
        {
            throw new BadInputException($"{place}: a conversation needs a list 'messages' that is not empty.");
        }

        var tools = json.TryGetProperty("tools", out var given) && given.ValueKind != JsonValueKind.Null ? given : (JsonElement?)null;
        if (tools is { ValueKind: not JsonValueKind.Array })
        {
            throw new BadInputException($"{place}: 'tools' must be a list.");
        }

        return new([.. messages.EnumerateArray().Select((message, i) => MessageOf(message, $"{place}, message {i}"))])
        {
            Tools = tools is { } list && list.GetArrayLength() > 0 ? [.. list.EnumerateArray()] : null,
            Place = place,
        };
    }

    private static ChatMessage MessageOf(JsonElement json, string place)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String)
        {
            throw new BadInputException($"{place}: a message is an object with a 'role' that is a string.");
        }

        var message = new ChatMessage(role.GetString()!);
        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var field in json.EnumerateObject())
        {
            switch (field.Name, field.Value.ValueKind)
            {
                case ("role", _):
                    break;
                case ("content", JsonValueKind.String):
                    message = message with { Text = field.Value.GetString()! };
                    break;
                case ("content", JsonValueKind.Array):
                    message = message with { Parts = [.. field.Value.EnumerateArray().Select(part => Part(part, place))] };
                    break;
                case ("content", not JsonValueKind.Null):
                    throw new BadInputException($"{place}: 'content' is a string or a list of parts.");
                case ("tool_calls", JsonValueKind.Array):
                    message = message with { ToolCalls = [.. field.Value.EnumerateArray().Select(call => ToolCall(call, place))] };
                    break;
                case ("reasoning_content", JsonValueKind.String):
                    message = message with { Reasoning = field.Value.GetString()! };
                    break;
                default:
                    fields[field.Name] = field.Value;
                    break;
            }
        }
        return message with { Fields = fields };
    }

    /// <summary>A conversation in the form in which it is read.</summary>
    public static string Text(ChatConversation conversation) => Write(json =>
    {
        json.WriteStartObject();
        json.WritePropertyName("messages");
        List(conversation.Messages.Select(Of)).WriteTo(json);
        if (conversation.Tools is { } tools)
        {
            json.WritePropertyName("tools");
            List(tools).WriteTo(json);
        }
        json.WriteEndObject();
    }).GetRawText();

    public static JsonElement Of(ChatMessage message) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("role", message.Role);
        if (message.Parts is { } parts)
        {
            json.WriteStartArray("content");
            foreach (var part in parts)
            {
                json.WriteStartObject();
                json.WriteString("type", part.Type);
                if (part.Text is { } text)
                {
                    json.WriteString("text", text);
                }

                Fields(json, part.Fields);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        else if (message.Text is { } text)
        {
            json.WriteString("content", text);
        }

        if (message.Reasoning is { } reasoning)
        {
            json.WriteString("reasoning_content", reasoning);
        }

        if (message.ToolCalls.Count > 0)
        {
            json.WriteStartArray("tool_calls");
            foreach (var call in message.ToolCalls)
            {
                json.WriteStartObject();
                if (call.Id is { } id)
                {
                    json.WriteString("id", id);
                }

                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", call.Name);
                json.WritePropertyName("arguments");
                (call.Arguments.ValueKind == JsonValueKind.Undefined ? Null : call.Arguments).WriteTo(json);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        Fields(json, message.Fields);
        json.WriteEndObject();
    });

    public static JsonElement List(IEnumerable<JsonElement>? items) => items is null ? Null : Write(json =>
    {
        json.WriteStartArray();
        foreach (var item in items)
        {
            item.WriteTo(json);
        }

        json.WriteEndArray();
    });

    public static JsonElement Value(bool flag) => Write(json => json.WriteBooleanValue(flag));

    public static JsonElement Value(string text) => Write(json => json.WriteStringValue(text));

    private static JsonElement Write(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { SkipValidation = true }))
        {
            write(json);
        }

        using var document = JsonDocument.Parse(stream.ToArray(), new() { MaxDepth = 256 });
        return document.RootElement.Clone();
    }

    private static void Fields(Utf8JsonWriter json, IReadOnlyDictionary<string, JsonElement> fields)
    {
        foreach (var (name, value) in fields)
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }
    }

    private static ChatPart Part(JsonElement json, string place)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
        {
            throw new BadInputException($"{place}: a part of a message is an object with a 'type' that is a string.");
        }

        var text = json.TryGetProperty("text", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString()! : null;
        return new(type.GetString()!, text)
        {
            Fields = json.EnumerateObject().Where(field => field.Name != "type" && !(field.Name == "text" && text is not null)).ToDictionary(field => field.Name, field => field.Value),
        };
    }

    private static ChatToolCall ToolCall(JsonElement json, string place)
    {
        var function = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("function", out var inner) ? inner : json;
        if (function.ValueKind != JsonValueKind.Object || !function.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String)
        {
            throw new BadInputException($"{place}: a tool call has a function with a 'name' that is a string.");
        }

        return new(name.GetString()!, function.TryGetProperty("arguments", out var arguments) ? arguments : Null)
        {
            Id = json.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString()! : null,
        };
    }

    // Fields that are only kept are looked at too: a template would ask for them much later.
    private static T Checked<T>(JsonElement json, string place, Func<T> read)
    {
        try
        {
            JsonTree.Check(json);
            return read();
        }
        catch (JsonException error)
        {
            throw new BadInputException($"{place}: {error.Message}", error);
        }
        catch (ArgumentException error)
        {
            throw new BadInputException($"{place}: a field stands there twice: {error.Message}", error);
        }
    }
}
