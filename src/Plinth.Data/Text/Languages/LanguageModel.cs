using Plinth.Core;

namespace Plinth.Data.Text.Languages;

/// <summary>In which language a text most likely is.</summary>
/// <param name="Language">Its code, such as <c>en</c>.</param>
/// <param name="Confidence">How much more likely than all others, 0 to 1.</param>
public sealed record LanguageGuess(string Language, double Confidence);

/// <summary>
/// Tells the language of a text by naive Bayes over runs of one to four letters, of which the most frequent of each language are known
/// (the profiles of Cavnar and Trenkle 1994).
/// </summary>
public sealed class LanguageModel
{
    /// <summary>The score of a run of letters that a language's profile does not hold, in nats.</summary>
    internal const double Unseen = -9;

    private const string BuiltInName = "BuiltInLanguages.model";

    // Long texts are looked at in places.
    private const int WindowCount = 4, WindowSize = 1024;

    // Runs of letters overlap and depend on each other; so many count as one observation.
    private const double RunsPerObservation = 6;

    private static readonly Lazy<LanguageModel> builtIn = new(LoadBuiltIn);

    private readonly string[] languages;
    private readonly Dictionary<ulong, Range> places = [];
    private readonly short[] owners;
    private readonly float[] weights;

    internal LanguageModel(IReadOnlyList<LanguageProfile> profiles)
    {
        languages = [.. profiles.Select(profile => profile.Language)];
        var entries = profiles.SelectMany((profile, owner) => profile.Scores.Select(score => (Run: score.Key, Owner: (short)owner, Weight: (float)(score.Value - Unseen))))
            .OrderBy(entry => entry.Run).ThenBy(entry => entry.Owner).ToArray();
        owners = [.. entries.Select(entry => entry.Owner)];
        weights = [.. entries.Select(entry => entry.Weight)];
        for (int i = 0, end; i < entries.Length; i = end)
        {
            for (end = i + 1; end < entries.Length && entries[end].Run == entries[i].Run;)
            {
                end++;
            }

            places[entries[i].Run] = i..end;
        }

        Profiles = profiles;
    }

    /// <summary>The model that is built in: statistics of the Universal Declaration of Human Rights, whose translations are in the public domain.</summary>
    public static LanguageModel BuiltIn => builtIn.Value;

    /// <summary>Codes of the languages, in order.</summary>
    public IReadOnlyCollection<string> Languages => languages;

    internal IReadOnlyList<LanguageProfile> Profiles { get; }

    /// <summary>Reads a model.</summary>
    /// <param name="path">A file that <see cref="Save"/> wrote.</param>
    /// <exception cref="BadInputException">It is missing or no such file.</exception>
    public static LanguageModel Load(string path) => LanguageModelFile.Load(path);

    /// <summary>Writes the model.</summary>
    /// <exception cref="PlinthException">The file cannot be written.</exception>
    public void Save(string path) => LanguageModelFile.Save(this, path);

    /// <summary>The most likely language of a text; null when it holds no letters that the model knows.</summary>
    public LanguageGuess? Identify(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var scores = new double[languages.Length];
        var isKnown = false;
        foreach (var (run, count) in LetterNgrams.Counts(Sampled(text)))
        {
            if (!places.TryGetValue(run, out var place))
            {
                continue;
            }

            isKnown = true;
            for (var i = place.Start.Value; i < place.End.Value; i++)
            {
                scores[owners[i]] += count * weights[i];
            }
        }

        if (!isKnown)
        {
            return null;
        }

        var best = Array.IndexOf(scores, scores.Max());
        return new(languages[best], 1 / scores.Sum(score => Math.Exp((score - scores[best]) / RunsPerObservation)));
    }

    private static string Sampled(string text)
    {
        if (text.Length <= WindowCount * WindowSize)
        {
            return text;
        }

        var apart = (text.Length - WindowSize) / (WindowCount - 1);
        return string.Join(' ', Enumerable.Range(0, WindowCount).Select(i => text.Substring(i * apart, WindowSize)));
    }

    private static LanguageModel LoadBuiltIn()
    {
        using var stream = typeof(LanguageModel).Assembly.GetManifestResourceStream(BuiltInName)!;
        return LanguageModelFile.Read(stream, BuiltInName);
    }
}

/// <summary>The most frequent runs of letters of one language.</summary>
/// <param name="Language">Its code.</param>
/// <param name="Scores">The logarithm of each run's share among those of its length, in nats.</param>
internal sealed record LanguageProfile(string Language, IReadOnlyDictionary<ulong, double> Scores);
