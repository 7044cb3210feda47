using System.Globalization;

namespace Plinth.Data.Text.Preparation;

/// <summary>Leaves out what does not look like prose, by the rules of Rae et al. 2021, "Scaling Language Models" (Gopher), arXiv:2112.11446, appendix A1.1.</summary>
public sealed record GopherQuality : PreparationStep
{
    /// <summary>Fewest words.</summary>
    public int MinimumWords { get; init; } = 50;

    /// <summary>Most words.</summary>
    public int MaximumWords { get; init; } = 100_000;

    /// <summary>Least mean length of a word, in characters.</summary>
    public double MinimumMeanWordLength { get; init; } = 3;

    /// <summary>Largest mean length of a word, in characters.</summary>
    public double MaximumMeanWordLength { get; init; } = 10;

    /// <summary>Most hashes or ellipses for each word; 1 allows any usual text.</summary>
    public double MaximumSymbolsPerWord { get; init; } = 0.1;

    /// <summary>Largest share of lines that begin with a bullet, 0 to 1.</summary>
    public double MaximumBulletLines { get; init; } = 0.9;

    /// <summary>Largest share of lines that end in an ellipsis, 0 to 1.</summary>
    public double MaximumEllipsisLines { get; init; } = 0.3;

    /// <summary>Least share of words that hold a letter, 0 to 1.</summary>
    public double MinimumAlphabeticWords { get; init; } = 0.8;

    /// <summary>Fewest different stop words; 0 asks for none.</summary>
    public int MinimumStopWords { get; init; } = 2;

    /// <summary>The stop words.</summary>
    public IReadOnlyList<string> StopWords { get; init; } = ["the", "be", "to", "of", "and", "that", "have", "with"];

    /// <summary>The language of the stop words; a document in which another was found need not have them. Null asks it of all.</summary>
    public string? StopWordLanguage { get; init; } = "en";

    /// <summary>Languages written without blanks between words, whose documents are not judged by their words.</summary>
    public IReadOnlyList<string> LanguagesWithoutBlanks { get; init; } = ["zh", "ja", "th", "lo", "my", "km", "bo", "dz"];

    /// <inheritdoc />
    public override StepWork Open()
    {
        Require(MinimumWords >= 0 && MaximumWords >= MinimumWords, $"{Name}: minimum_words = {MinimumWords} must be 0 or more, and maximum_words = {MaximumWords} not below it.");
        Require(MinimumMeanWordLength <= MaximumMeanWordLength, $"{Name}: minimum_mean_word_length = {MinimumMeanWordLength} is above maximum_mean_word_length = {MaximumMeanWordLength}.");
        var stopWords = StopWords.ToHashSet(StringComparer.OrdinalIgnoreCase);
        Require(MinimumStopWords <= stopWords.Count, $"{Name}: minimum_stop_words = {MinimumStopWords}, but there are {stopWords.Count} stop words.");
        return new PlainWork(draft => Examine(draft, stopWords));
    }

    private void Examine(Draft draft, HashSet<string> stopWords)
    {
        JudgeLines(draft, TextShape.Lines(draft.Text));
        if (draft.Language is null || !LanguagesWithoutBlanks.Contains(draft.Language))
        {
            JudgeWords(draft, TextShape.Words(draft.Text), stopWords);
        }
    }

    private void JudgeWords(Draft draft, string[] words, HashSet<string> stopWords)
    {
        AtLeast(draft, "word_count", words.Length, MinimumWords);
        AtMost(draft, "word_count", words.Length, MaximumWords);
        if (words.Length == 0)
        {
            return;
        }

        var length = words.Average(word => word.Length);
        AtLeast(draft, "mean_word_length", length, MinimumMeanWordLength);
        AtMost(draft, "mean_word_length", length, MaximumMeanWordLength);
        var symbols = Math.Max(draft.Text.AsSpan().Count('#'), TextShape.Ellipses(draft.Text));
        AtMost(draft, "symbols_per_word", TextShape.Share(symbols, words.Length), MaximumSymbolsPerWord);
        AtLeast(draft, "alphabetic_words", TextShape.Share(words.Count(word => word.Any(char.IsLetter)), words.Length), MinimumAlphabeticWords);
        if (StopWordLanguage is null || draft.Language is null || draft.Language == StopWordLanguage)
        {
            AtLeast(draft, "stop_words", words.Where(stopWords.Contains).Distinct(StringComparer.OrdinalIgnoreCase).Count(), MinimumStopWords);
        }
    }

    private void JudgeLines(Draft draft, string[] lines)
    {
        AtMost(draft, "bullet_lines", TextShape.Share(lines.Count(line => line[0] is '•' or '‣' or '▪' or '●' or '*' or '-' or '–'), lines.Length), MaximumBulletLines);
        AtMost(draft, "ellipsis_lines", TextShape.Share(lines.Count(TextShape.EndsInEllipsis), lines.Length), MaximumEllipsisLines);
    }

    private static void AtLeast(Draft draft, string rule, double found, double least)
    {
        if (found < least)
        {
            draft.Reject(rule, string.Create(CultureInfo.InvariantCulture, $"{found:0.###}; at least {least:0.###} is kept."));
        }
    }

    private static void AtMost(Draft draft, string rule, double found, double most)
    {
        if (found > most)
        {
            draft.Reject(rule, string.Create(CultureInfo.InvariantCulture, $"{found:0.###}; at most {most:0.###} is kept."));
        }
    }
}
