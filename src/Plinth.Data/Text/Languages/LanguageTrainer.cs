using Plinth.Core;

namespace Plinth.Data.Text.Languages;

/// <summary>Learns a language model from texts of known languages.</summary>
public sealed class LanguageTrainer
{
    /// <summary>Runs of letters that are kept of each language, if nothing else is said.</summary>
    public const int DefaultRuns = 1200;

    private readonly SortedDictionary<string, Dictionary<ulong, long>> counts = new(StringComparer.Ordinal);
    private readonly int runsPerLanguage;

    /// <param name="runsPerLanguage">How many runs of letters are kept of each language; more tell close relatives better apart, in a larger model.</param>
    /// <exception cref="RecipeException">It is below 10 or above 100,000.</exception>
    public LanguageTrainer(int runsPerLanguage = DefaultRuns) => this.runsPerLanguage = runsPerLanguage is >= 10 and <= 100_000
        ? runsPerLanguage
        : throw new RecipeException($"{runsPerLanguage} runs of letters for each language; 10 to 100,000 are possible.");

    /// <summary>Learns from one text.</summary>
    /// <param name="language">The code of its language.</param>
    /// <param name="text">The text.</param>
    public void Add(string language, string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(language);
        ArgumentNullException.ThrowIfNull(text);
        if (!counts.TryGetValue(language, out var known))
        {
            counts[language] = known = [];
        }

        foreach (var (run, count) in LetterNgrams.Counts(text))
        {
            known[run] = known.GetValueOrDefault(run) + count;
        }
    }

    /// <summary>The model of all texts so far.</summary>
    /// <exception cref="BadInputException">There were fewer than two languages.</exception>
    public LanguageModel Train() => counts.Count > 1
        ? new([.. counts.Select(entry => new LanguageProfile(entry.Key, Scores(entry.Value)))])
        : throw new BadInputException($"Texts of {counts.Count} languages; two are needed to tell them apart.");

    private Dictionary<ulong, double> Scores(Dictionary<ulong, long> runs)
    {
        var totals = runs.GroupBy(run => LetterNgrams.Text(run.Key).Length).ToDictionary(same => same.Key, same => (double)same.Sum(run => run.Value));
        return runs.Select(run => (run.Key, run.Value, Letters: LetterNgrams.Text(run.Key)))
            .OrderByDescending(run => run.Value).ThenBy(run => run.Letters, StringComparer.Ordinal).Take(runsPerLanguage)
            .ToDictionary(run => run.Key, run => Math.Max(LanguageModel.Unseen, LanguageModelFile.Rounded(Math.Log(run.Value / totals[run.Letters.Length]))));
    }
}
