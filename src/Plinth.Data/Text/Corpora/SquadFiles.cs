using System.Text.Json;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>
/// Questions on paragraphs in the JSON of SQuAD (Rajpurkar et al. 2016, arXiv:1606.05250; version 2 with questions that have no answer):
/// the text of a sample is the question, its pair the paragraph.
/// </summary>
internal static class SquadFiles
{
    public const string Extension = ".json";

    public static IEnumerable<RawSample> Read(CorpusFile file, CorpusOptions options)
    {
        using var document = Parse(file, options);
        foreach (var (article, where) in Items(document.RootElement, "data", file.Name))
        {
            foreach (var (paragraph, below) in Items(article, "paragraphs", where))
            {
                foreach (var (question, place) in Items(paragraph, "qas", below))
                {
                    yield return Question(question, Text(paragraph, "context", below), place);
                }
            }
        }
    }

    private static RawSample Question(JsonElement question, string context, string place)
    {
        place = String(Field(question, "id", place), "id", place) is { } id ? $"{place} (id {Short(id)})" : place;
        var isImpossible = Field(question, "is_impossible", place)?.ValueKind == JsonValueKind.True;
        var spans = isImpossible
            ? []
            : Items(question, "answers", place).Select(answer => Span(answer.Item, context, answer.Place)).Distinct().ToArray();
        return new(place, new(Text(question, "question", place), context)) { Spans = spans };
    }

    private static TextSpan Span(JsonElement answer, string context, string place)
    {
        var text = Text(answer, "text", place);
        return Field(answer, "answer_start", place) is { } start
            ? (start.ValueKind == JsonValueKind.Number && start.TryGetInt64(out var characters) ? SquadPlaces.Span(text, characters, context) : null) ?? throw new BadInputException($"{place}: '{Short(text)}' does not stand at character {start} of its context.")
            : throw new BadInputException($"{place}: 'answer_start' is missing.");
    }

    private static IEnumerable<(JsonElement Item, string Place)> Items(JsonElement parent, string name, string place)
    {
        if (parent.ValueKind != JsonValueKind.Object || Field(parent, name, place) is not { ValueKind: JsonValueKind.Array } array)
        {
            throw new BadInputException($"{place}: an object with the list '{name}' is expected, as SQuAD has it (data, paragraphs, qas, answers).");
        }

        var separator = place.Contains(": ", StringComparison.Ordinal) ? "." : ": ";
        return array.EnumerateArray().Select((item, i) => item.ValueKind == JsonValueKind.Object
            ? (item, $"{place}{separator}{name}[{i}]")
            : throw new BadInputException($"{place}{separator}{name}[{i}] is no object."));
    }

    private static string Text(JsonElement parent, string name, string place) =>
        String(Field(parent, name, place), name, place) is { } text && !string.IsNullOrWhiteSpace(text) ? text : throw new BadInputException($"{place}: '{name}' is missing or is no text.");

    private static JsonElement? Field(JsonElement parent, string name, string place) =>
        Whole(() => parent.TryGetProperty(name, out var value) ? value : (JsonElement?)null, $"{place}: a name beside '{name}'");

    private static string? String(JsonElement? value, string name, string place) =>
        value is { ValueKind: JsonValueKind.String } text ? Whole(text.GetString, $"{place}: '{name}'") : null;

    // Names and texts are unpacked, and seen to be torn, only while they are compared or taken.
    private static T Whole<T>(Func<T> read, string what)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException error)
        {
            throw new BadInputException($"{what} holds half of a surrogate pair, which is no text.", error);
        }
    }

    private static JsonDocument Parse(CorpusFile file, CorpusOptions options)
    {
        try
        {
            return JsonDocument.Parse(Utf8Lines.ReadWhole(file, options));
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{file.Name}:{e.LineNumber + 1}: not valid JSON at byte {e.BytePositionInLine} of the line: {e.Message.Split(" LineNumber:")[0]}", e);
        }
    }

    private static string Short(string text) => text[..Math.Min(60, text.Length)];
}

/// <summary>SQuAD counts Unicode characters; samples count UTF-16 code units.</summary>
internal static class SquadPlaces
{
    /// <summary>The span of an answer, or null when it does not stand there.</summary>
    public static TextSpan? Span(string text, long characters, string context)
    {
        if (characters < 0 || characters > context.Length)
        {
            return null;
        }

        var at = 0;
        foreach (var rune in context.EnumerateRunes().Take((int)characters))
        {
            at += rune.Utf16SequenceLength;
        }

        return text.Length > 0 && string.CompareOrdinal(context, at, text, 0, text.Length) == 0 ? new(at, text) : null;
    }

    /// <summary>A place in UTF-16 code units as a number of Unicode characters.</summary>
    public static int Characters(string context, int start) => context[..start].EnumerateRunes().Count();
}
