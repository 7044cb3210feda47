using System.Globalization;

namespace Plinth.Data.Text.Preparation;

/// <summary>Leaves out documents that repeat themselves, by the rules of Rae et al. 2021 (Gopher), arXiv:2112.11446, table A1. All limits are shares, 0 to 1; 1 switches a rule off.</summary>
public sealed record GopherRepetition : PreparationStep
{
    /// <summary>Most lines that are copies of an earlier one.</summary>
    public double MaximumDuplicateLines { get; init; } = 0.3;

    /// <summary>Most paragraphs that are copies of an earlier one.</summary>
    public double MaximumDuplicateParagraphs { get; init; } = 0.3;

    /// <summary>Most characters in such lines.</summary>
    public double MaximumDuplicateLineCharacters { get; init; } = 0.2;

    /// <summary>Most characters in such paragraphs.</summary>
    public double MaximumDuplicateParagraphCharacters { get; init; } = 0.2;

    /// <summary>Most characters in the most frequent run of 2, 3, 4 words.</summary>
    public IReadOnlyList<double> MaximumTopRunCharacters { get; init; } = [0.2, 0.18, 0.16];

    /// <summary>Most characters in runs of 5, 6, 7, 8, 9, 10 words that stood before.</summary>
    public IReadOnlyList<double> MaximumDuplicateRunCharacters { get; init; } = [0.15, 0.14, 0.13, 0.12, 0.11, 0.10];

    /// <inheritdoc />
    public override StepWork Open() => new PlainWork(Examine);

    private void Examine(Draft draft)
    {
        Judge(draft, "line", TextShape.Lines(draft.Text), MaximumDuplicateLines, MaximumDuplicateLineCharacters);
        Judge(draft, "paragraph", TextShape.Paragraphs(draft.Text), MaximumDuplicateParagraphs, MaximumDuplicateParagraphCharacters);
        var words = TextShape.Words(draft.Text);
        var runs = new WordRuns([.. words.Select(WordTokens.HashOfWord)], [.. words.Select(word => word.Length)]);
        for (var i = 0; i < MaximumTopRunCharacters.Count && draft.Rejection is null; i++)
        {
            Judge(draft, $"top_{i + 2}_words", TextShape.Share(runs.TopCharacters(i + 2), draft.Text.Length), MaximumTopRunCharacters[i]);
        }

        for (var i = 0; i < MaximumDuplicateRunCharacters.Count && draft.Rejection is null; i++)
        {
            Judge(draft, $"duplicate_{i + 5}_words", TextShape.Share(runs.DuplicateCharacters(i + 5), draft.Text.Length), MaximumDuplicateRunCharacters[i]);
        }
    }

    private static void Judge(Draft draft, string what, string[] pieces, double mostPieces, double mostCharacters)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        var (copies, characters) = (0, 0L);
        foreach (var piece in pieces.Where(piece => !seen.Add(piece)))
        {
            copies++;
            characters += piece.Length;
        }

        Judge(draft, $"duplicate_{what}s", TextShape.Share(copies, pieces.Length), mostPieces);
        Judge(draft, $"duplicate_{what}_characters", TextShape.Share(characters, draft.Text.Length), mostCharacters);
    }

    private static void Judge(Draft draft, string rule, double found, double most)
    {
        if (found > most)
        {
            draft.Reject(rule, string.Create(CultureInfo.InvariantCulture, $"{found:0.###} of it; at most {most:0.###} is kept."));
        }
    }
}
