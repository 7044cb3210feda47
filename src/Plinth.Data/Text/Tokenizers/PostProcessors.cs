namespace Plinth.Data.Text;

/// <summary>Tokens of one text before the template is applied.</summary>
internal sealed class EncodedText
{
    public List<int> Ids { get; } = [];

    public List<TokenSpan> Spans { get; } = [];

    public List<bool> StartsWord { get; } = [];

    /// <summary>Room for the tokens of one word.</summary>
    public List<WordToken> Scratch { get; } = [];

    /// <summary>Leaves so many tokens.</summary>
    public void Cut(int count, bool cutsLeft)
    {
        var (from, length) = (cutsLeft ? 0 : count, Ids.Count - count);
        Ids.RemoveRange(from, length);
        Spans.RemoveRange(from, length);
        StartsWord.RemoveRange(from, length);
    }
}

/// <summary>A place in a template: a special token, or one of the texts.</summary>
/// <param name="Id">The special token, or -1.</param>
/// <param name="Text">0 or 1: which text; -1 for a special token.</param>
/// <param name="TypeId">Type of the tokens there.</param>
internal readonly record struct TemplatePart(int Id, int Text, int TypeId);

/// <summary>What is put around one text and around two.</summary>
/// <param name="Single">For one text.</param>
/// <param name="Pair">For two.</param>
internal sealed record Template(IReadOnlyList<TemplatePart> Single, IReadOnlyList<TemplatePart> Pair)
{
    /// <summary>Adds nothing; the second text is of type 1.</summary>
    public static readonly Template None = new([new(-1, 0, 0)], [new(-1, 0, 0), new(-1, 1, 1)]);

    public static Template Bert(int classId, int separatorId) => new(
        [new(classId, -1, 0), new(-1, 0, 0), new(separatorId, -1, 0)],
        [new(classId, -1, 0), new(-1, 0, 0), new(separatorId, -1, 0), new(-1, 1, 1), new(separatorId, -1, 1)]);

    public static Template Roberta(int classId, int separatorId) => new(
        [new(classId, -1, 0), new(-1, 0, 0), new(separatorId, -1, 0)],
        [new(classId, -1, 0), new(-1, 0, 0), new(separatorId, -1, 0), new(separatorId, -1, 0), new(-1, 1, 0), new(separatorId, -1, 0)]);
}

/// <summary>Takes spaces that a token carries out of its place in the text.</summary>
/// <param name="AddsPrefixSpace">Whether a space was put before the text.</param>
internal sealed record SpanTrimmer(bool AddsPrefixSpace)
{
    public void Trim(EncodedText text, Func<int, string?> tokenOf)
    {
        for (var i = 0; i < text.Ids.Count; i++)
        {
            var token = tokenOf(text.Ids[i]) ?? "";
            var (leading, trailing) = (0, 0);
            while (leading < token.Length && IsSpace(token[leading]))
            {
                leading++;
            }

            while (trailing < token.Length && IsSpace(token[^(trailing + 1)]))
            {
                trailing++;
            }

            var (start, end) = (text.Spans[i].Start, text.Spans[i].End);
            if (leading > 0)
            {
                if (AddsPrefixSpace && (i == 0 || start == 0))
                {
                    leading--;
                }

                start = Math.Min(start + leading, end);
            }
            if (trailing > 0 && end >= trailing)
            {
                end = Math.Max(end - trailing, start);
            }

            text.Spans[i] = new(start, end);
        }
    }

    private static bool IsSpace(char unit) => unit == ByteLevel.Characters[' '] || char.IsWhiteSpace(unit);
}

/// <summary>What happens to the tokens of a text at the end.</summary>
/// <param name="Template">What is put around.</param>
/// <param name="Trimmers">What is done to places first.</param>
internal sealed record PostProcessor(Template Template, IReadOnlyList<SpanTrimmer> Trimmers);
