namespace Plinth.Data.Text;

/// <summary>How encoded texts are filled up to one length, as the <c>padding</c> of a tokenizer file says it.</summary>
public sealed record PaddingRule
{
    /// <summary>The length; null for that of the longest of a batch.</summary>
    public int? Length { get; init; }

    /// <summary>The length is rounded up to a multiple of this; null for none.</summary>
    public int? Multiple { get; init; }

    /// <summary>The id that fills.</summary>
    public int PadId { get; init; }

    /// <summary>The type of the tokens that fill.</summary>
    public int PadTypeId { get; init; }

    /// <summary>Whether the filling stands before the text.</summary>
    public bool FillsLeft { get; init; }

    /// <summary>Fills up; filling tokens are special, with an empty span. What is longer stays as it is.</summary>
    /// <param name="encodings">The texts of a batch.</param>
    public IReadOnlyList<Encoding> Pad(IReadOnlyList<Encoding> encodings)
    {
        ArgumentNullException.ThrowIfNull(encodings);
        var length = Length ?? (encodings.Count == 0 ? 0 : encodings.Max(encoding => encoding.Count));
        if (Multiple is > 1 and var multiple)
        {
            length = (int)Math.Min(Array.MaxLength, ((long)length + multiple - 1) / multiple * multiple);
        }

        return [.. encodings.Select(encoding => encoding.Count >= length ? encoding : new Encoding
        {
            Ids = Fill(encoding.Ids, PadId, length),
            TypeIds = Fill(encoding.TypeIds, PadTypeId, length),
            Spans = Fill(encoding.Spans, default, length),
            IsSpecial = Fill(encoding.IsSpecial, true, length),
            StartsWord = Fill(encoding.StartsWord, false, length),
        })];
    }

    private List<T> Fill<T>(IReadOnlyList<T> list, T value, int length)
    {
        var filling = Enumerable.Repeat(value, length - list.Count);
        return FillsLeft ? [.. filling, .. list] : [.. list, .. filling];
    }

    internal static PaddingRule Read(JsonPart part)
    {
        part.Knows("strategy", "direction", "pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token");
        int? length = null;
        // "BatchLongest", or {"Fixed": 128}
        if (part.Has("strategy") && part.Element.GetProperty("strategy").ValueKind == System.Text.Json.JsonValueKind.Object)
        {
            length = part.Child("strategy").Knows("Fixed").Number("Fixed") is >= 0 and <= Vocabulary.LargestId and var wanted ? wanted : throw part.Missing("strategy", "a length that is possible");
        }
        else if (part.OptionalText("strategy") is not (null or "BatchLongest"))
        {
            throw part.Missing("strategy", "BatchLongest, or an object with a Fixed length");
        }

        return new()
        {
            Length = length,
            Multiple = part.OptionalNumber("pad_to_multiple_of"),
            PadId = part.OptionalNumber("pad_id") ?? 0,
            PadTypeId = part.OptionalNumber("pad_type_id") ?? 0,
            FillsLeft = IsLeft(part),
        };
    }

    internal static bool IsLeft(JsonPart part) => part.OptionalText("direction") switch
    {
        null or "Right" => false,
        "Left" => true,
        _ => throw part.Missing("direction", "Left or Right"),
    };
}
