namespace Plinth.Data.Text.Preparation;

/// <summary>Counts what becomes of documents.</summary>
/// <param name="record">Where the counts stand.</param>
internal sealed class PreparationTally(PreparationRecord record)
{
    /// <summary>Characters of a text's beginning that are shown of one that is left out.</summary>
    public const int BeginningSize = 200;

    private const int SamplesPerRule = 2, MostNames = 10_000;
    private const string Others = "(others)";

    public PreparationRecord Record => record;

    public void Add(ExaminedDraft examined)
    {
        record.DocumentsRead++;
        record.CharactersRead += examined.Draft.Document.Text.Length;
        for (var i = 0; i < Math.Min(record.Steps.Count, examined.RejectedAt + 1); i++)
        {
            Add(record.Steps[i], i, examined);
        }

        if (examined.IsKept)
        {
            record.DocumentsKept++;
            record.CharactersKept += examined.Draft.Text.Length;
            Count(record.Licenses, examined.Draft.Document.License ?? "");
            Count(record.Origins, Short(examined.Draft.Document.Origin ?? ""));
            Count(record.Languages, examined.Draft.Language ?? "");
        }
    }

    /// <summary>The first characters of a document as it was read, on one line.</summary>
    public static string Beginning(Draft draft)
    {
        var text = draft.Document.Text;
        var end = Math.Min(text.Length, BeginningSize);
        return text[..(end < text.Length && char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)].ReplaceLineEndings(" ");
    }

    private static void Add(StepRecord step, int number, ExaminedDraft examined)
    {
        step.DocumentsIn++;
        step.CharactersIn += examined.Lengths[number];
        foreach (var (what, times) in examined.Counts[number] ?? new Dictionary<string, int>())
        {
            step.Done[what] = step.Done.GetValueOrDefault(what) + times;
        }

        if (number != examined.RejectedAt)
        {
            step.DocumentsOut++;
            step.CharactersOut += examined.Lengths[number + 1];
            return;
        }

        var rejection = examined.Draft.Rejection!;
        step.Rejected[rejection.Rule] = step.Rejected.GetValueOrDefault(rejection.Rule) + 1;
        if (step.Rejected[rejection.Rule] <= SamplesPerRule)
        {
            step.Samples.Add(new(examined.Draft.Document.Source, rejection.Rule, rejection.Reason, Beginning(examined.Draft)));
        }
    }

    // Of the web there are more origins than anybody reads, or memory holds.
    private static void Count(SortedDictionary<string, long> counts, string name)
    {
        name = counts.Count < MostNames || counts.ContainsKey(name) ? name : Others;
        counts[name] = counts.GetValueOrDefault(name) + 1;
    }

    private static string Short(string origin) => Uri.TryCreate(origin, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address.Host : origin;
}
