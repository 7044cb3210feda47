using System.Text;
using System.Text.Json;
using Plinth.Data.Text.Chat;

namespace Plinth.Inference.Chat;

/// <summary>A call that a model wrote.</summary>
/// <param name="Name">The tool.</param>
/// <param name="Arguments">An object.</param>
internal sealed record WrittenCall(string Name, JsonElement Arguments);

/// <summary>
/// How a template writes the calls of tools: what stands before the JSON of one, and what its members are called. Learnt from the template itself,
/// by rendering a call and looking where it went.
/// </summary>
/// <param name="Lead">What stands before the JSON of a call, spaces included.</param>
/// <param name="Suffix">What stands after it.</param>
/// <param name="NameKey">The member that names the tool.</param>
/// <param name="ArgumentsKey">The member with the arguments.</param>
internal sealed record ToolCallForm(string Lead, string Suffix, string NameKey, string ArgumentsKey)
{
    private const string Name = "probe_of_plinth", Argument = "probe_argument";

    /// <summary>The mark of a call, for example <c>&lt;tool_call&gt;</c>; empty when an answer is the call alone.</summary>
    public string Prefix { get; } = Lead.Trim();

    /// <summary>The form of a template; null when it writes no calls as JSON.</summary>
    public static ToolCallForm? Find(ChatTemplate template, IReadOnlyList<JsonElement> tools)
    {
        using var arguments = JsonDocument.Parse($$"""{"{{Argument}}":"x"}""");
        ChatMessage asked = new("user", "?"), called = new("assistant") { ToolCalls = [new(Name, arguments.RootElement) { Id = "probe12345" }] };
        var with = Tried(template, new([asked, called]) { Tools = tools }, addsPrompt: false);
        var prompt = Tried(template, new([asked]) { Tools = tools }, addsPrompt: true);
        var plain = Tried(template, new([asked, new("assistant", Name)]) { Tools = tools }, addsPrompt: false);
        if (with is null || prompt is null)
        {
            return null;
        }

        var answer = with.StartsWith(prompt, StringComparison.Ordinal) ? with[prompt.Length..] : with[with.AsSpan().CommonPrefixLength(plain)..];
        // What a plain answer begins with too, such as an empty thought, is no mark of calls.
        var lead = plain?.StartsWith(prompt, StringComparison.Ordinal) == true && plain.IndexOf(Name, prompt.Length, StringComparison.Ordinal) is > 0 and var start ? plain[prompt.Length..start] : "";
        answer = lead.Length > 0 && answer.StartsWith(lead, StringComparison.Ordinal) ? answer[lead.Length..] : answer;
        for (var at = answer.IndexOf('{', StringComparison.Ordinal); at >= 0; at = answer.IndexOf('{', at + 1))
        {
            if (ReadObject(answer, at, out var length) is not { } json
                || json.EnumerateObject().FirstOrDefault(member => member.Value.ValueKind == JsonValueKind.String && member.Value.GetString() == Name) is not { Name: { } name }
                || json.EnumerateObject().FirstOrDefault(member => ArgumentsOf(member.Value)?.TryGetProperty(Argument, out _) == true) is not { Name: { } key })
            {
                continue;
            }

            var rest = answer[(at + length)..];
            // What a plain answer ends with too is the end of the turn.
            var after = plain is null ? "" : plain[(plain.LastIndexOf(Name, StringComparison.Ordinal) + Name.Length)..];
            return new(answer[..at], (after.Length > 0 && rest.EndsWith(after, StringComparison.Ordinal) ? rest[..^after.Length] : "").Trim(), name, key);
        }

        return null;
    }

    /// <summary>The call that begins at a place, and what is behind it; null when none does, or it is not of a tool.</summary>
    public WrittenCall? Read(string text, int at, IReadOnlySet<string> tools, out int end)
    {
        end = at;
        while (end < text.Length && (char.IsWhiteSpace(text[end]) || text[end] is '[' or ','))
        {
            end++;
        }

        if (end >= text.Length || text[end] != '{' || ReadObject(text, end, out var length) is not { } json
            || !json.TryGetProperty(NameKey, out var name) || name.ValueKind != JsonValueKind.String || !tools.Contains(name.GetString()!)
            || !json.TryGetProperty(ArgumentsKey, out var given) || ArgumentsOf(given) is not { } arguments)
        {
            return null;
        }

        end += length;
        var rest = text.AsSpan(end);
        var spaces = rest.Length - rest.TrimStart().Length;
        if (Suffix.Length > 0 && rest[spaces..].StartsWith(Suffix, StringComparison.Ordinal))
        {
            end += spaces + Suffix.Length;
        }

        return new(name.GetString()!, arguments);
    }

    /// <summary>A schema of one call of one of some tools.</summary>
    public JsonElement Schema(IEnumerable<(string Name, JsonElement Parameters)> tools)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartArray("anyOf");
            foreach (var (name, parameters) in tools)
            {
                json.WriteStartObject();
                json.WriteString("type", "object");
                json.WriteStartObject("properties");
                json.WriteStartObject(NameKey);
                json.WriteString("const", name);
                json.WriteEndObject();
                json.WritePropertyName(ArgumentsKey);
                parameters.WriteTo(json);
                json.WriteEndObject();
                json.WriteStartArray("required");
                json.WriteStringValue(NameKey);
                json.WriteStringValue(ArgumentsKey);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }

    private static JsonElement? ArgumentsOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return value.ValueKind == JsonValueKind.Object ? value : null;
        }

        // Some write the object as a text of its own.
        var text = value.GetString()!;
        return text.StartsWith('{') && ReadObject(text, 0, out var length) is { } inner && length == text.Length ? inner : null;
    }

    private static JsonElement? ReadObject(string text, int at, out int length)
    {
        length = 0;
        var bytes = System.Text.Encoding.UTF8.GetBytes(text[at..]);
        var reader = new Utf8JsonReader(bytes, isFinalBlock: true, default);
        try
        {
            if (!JsonDocument.TryParseValue(ref reader, out var document))
            {
                return null;
            }

            using (document)
            {
                length = System.Text.Encoding.UTF8.GetCharCount(bytes.AsSpan(0, (int)reader.BytesConsumed));
                return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
            }
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Tried(ChatTemplate template, ChatConversation conversation, bool addsPrompt)
    {
        try
        {
            return template.Render(conversation, addsPrompt).Text;
        }
        catch (TemplateException)
        {
            return null;
        }
    }
}

/// <summary>Tells calls of tools from text while an answer grows. Text that may be a call is held back; what turns out to be none is given as text.</summary>
/// <param name="form">How calls are written.</param>
/// <param name="tools">Names of the tools.</param>
internal sealed class ToolCallReader(ToolCallForm form, IReadOnlySet<string> tools)
{
    private readonly StringBuilder text = new();
    private int given;

    /// <summary>Adds text; gives what is certainly text.</summary>
    public string Append(string piece)
    {
        text.Append(piece);
        var whole = text.ToString();
        var settled = form.Prefix.Length == 0 ? BareStart(whole) : whole.IndexOf(form.Prefix, given, StringComparison.Ordinal) is >= 0 and var at ? at : whole.Length - Held(whole);
        var fresh = settled > given ? whole[given..settled] : "";
        given += fresh.Length;
        return fresh;
    }

    /// <summary>Whether a whole call has come.</summary>
    public bool HasCall => Calls(text.ToString(), out _) is { Count: > 0 };

    /// <summary>The calls, and the text that was held back and is none.</summary>
    public (IReadOnlyList<WrittenCall> Calls, string Others) Finish()
    {
        var calls = Calls(text.ToString(), out var rest);
        return (calls, rest);
    }

    private List<WrittenCall> Calls(string whole, out string rest)
    {
        List<WrittenCall> calls = [];
        var others = new StringBuilder();
        var at = given;
        while (at < whole.Length)
        {
            var start = form.Prefix.Length == 0 ? at : whole.IndexOf(form.Prefix, at, StringComparison.Ordinal);
            var isList = calls.Count > 0 && whole.AsSpan(at).TrimStart().StartsWith(",", StringComparison.Ordinal);
            if (start >= 0 && form.Read(whole, start + form.Prefix.Length, tools, out var end) is { } call)
            {
                others.Append(whole, at, start - at);
                calls.Add(call);
                at = end;
            }
            else if (isList && form.Read(whole, at, tools, out end) is { } further)
            {
                calls.Add(further);
                at = end;
            }
            else
            {
                break;
            }
        }

        others.Append(whole, at, whole.Length - at);
        // What a list of calls closes with is no text.
        rest = calls.Count > 0 && string.IsNullOrWhiteSpace(others.ToString().Trim().Trim(']')) ? "" : others.ToString();
        return calls;
    }

    private static int BareStart(string whole)
    {
        var start = whole.AsSpan().TrimStart();
        return start.IsEmpty || start[0] is '{' or '[' ? 0 : whole.Length;
    }

    private int Held(string whole)
    {
        for (var length = Math.Min(form.Prefix.Length - 1, whole.Length - given); length > 0; length--)
        {
            if (whole.AsSpan().EndsWith(form.Prefix.AsSpan(0, length), StringComparison.Ordinal))
            {
                return length;
            }
        }

        return 0;
    }
}
