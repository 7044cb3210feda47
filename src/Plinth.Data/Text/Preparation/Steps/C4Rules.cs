using System.Text.RegularExpressions;

namespace Plinth.Data.Text.Preparation;

/// <summary>
/// The rules by which C4 was made of the web (Raffel et al. 2020, arXiv:1910.10683, section 2.2): keeps lines that are sentences, and
/// documents that hold enough of them.
/// </summary>
public sealed partial record C4Rules : PreparationStep
{
    private static readonly string[] policies = ["terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"];

    /// <summary>Whether lines that end in no full stop, question mark, exclamation mark or closing quote are taken out.</summary>
    public bool RequiresTerminalMark { get; init; } = true;

    /// <summary>Fewest words of a line; shorter ones are taken out.</summary>
    public int MinimumLineWords { get; init; } = 5;

    /// <summary>Fewest sentences of a document, counted after the lines are taken out.</summary>
    public int MinimumSentences { get; init; } = 3;

    /// <summary>Whether documents with a curly bracket are left out, since code has them and prose has not.</summary>
    public bool RefusesCurlyBrackets { get; init; } = true;

    /// <summary>Whether lines that speak of Javascript, cookies or terms of use are taken out.</summary>
    public bool RemovesNotices { get; init; } = true;

    /// <summary>Whether marks of citations as in Wikipedia, such as [1] and [citation needed], are taken out.</summary>
    public bool RemovesCitations { get; init; } = true;

    /// <summary>Words for which a document is left out; compared without case. None by default, since the list of C4 also hits what is harmless.</summary>
    public IReadOnlyList<string> RefusedWords { get; init; } = [];

    /// <inheritdoc />
    public override StepWork Open()
    {
        var refused = RefusedWords.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return new PlainWork(draft => Examine(draft, refused));
    }

    private void Examine(Draft draft, HashSet<string> refused)
    {
        if (draft.Text.Contains("lorem ipsum", StringComparison.OrdinalIgnoreCase))
        {
            draft.Reject("lorem_ipsum", "It holds the filler text 'lorem ipsum'.");
        }
        else if (RefusesCurlyBrackets && draft.Text.Contains('{', StringComparison.Ordinal))
        {
            draft.Reject("curly_bracket", "It holds a curly bracket.");
        }
        else if (refused.Count > 0 && WordTokens.Words(draft.Text).FirstOrDefault(refused.Contains) is { } word)
        {
            draft.Reject("refused_word", $"It holds the word '{word}'.");
        }
        else
        {
            KeepSentences(draft);
        }
    }

    private void KeepSentences(Draft draft)
    {
        var text = RemovesCitations ? Citation().Replace(draft.Text, "") : draft.Text;
        var lines = TextShape.Lines(text);
        var kept = lines.Where(IsKept).ToArray();
        draft.Count("lines_taken_out", lines.Length - kept.Length);
        draft.Text = kept.Length == lines.Length ? text : string.Join('\n', kept);
        if (Sentence().Count(draft.Text) is var sentences && sentences < MinimumSentences)
        {
            draft.Reject("sentences", $"{sentences} sentences; at least {MinimumSentences} are kept.");
        }
    }

    private bool IsKept(string line) =>
        (!RequiresTerminalMark || (line[^1] is '.' or '!' or '?' or '"' or '”' && !TextShape.EndsInEllipsis(line)))
        && TextShape.Words(line).Length >= MinimumLineWords
        && !(RemovesNotices && (line.Contains("javascript", StringComparison.OrdinalIgnoreCase) || policies.Any(policy => line.Contains(policy, StringComparison.OrdinalIgnoreCase))));

    [GeneratedRegex(@"\[(?:[0-9]{1,3}|edit|citation needed)\]")]
    private static partial Regex Citation();

    // A mark, what closes after it, and then a blank or the end.
    [GeneratedRegex(@"[.!?]+[""”')\]]*(?=\s|\z)")]
    private static partial Regex Sentence();
}
