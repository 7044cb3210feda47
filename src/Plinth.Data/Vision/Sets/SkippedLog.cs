namespace Plinth.Data.Vision;

/// <summary>Counts what is left out while a set is read.</summary>
internal sealed class SkippedLog
{
    private const int MostExamples = 20;
    private readonly SortedDictionary<string, int> reasons = new(StringComparer.Ordinal);
    private readonly List<string> examples = [];

    public void Add(BadImageException error) => Add(error.Fault.ToString(), error.Message);

    public void Add(string reason, string message)
    {
        reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
        if (examples.Count < MostExamples)
        {
            examples.Add(message);
        }
    }

    public SkippedImages Close() => reasons.Count == 0 ? SkippedImages.None : new(reasons.Values.Sum(), reasons, examples);

    /// <summary>An error for a set in which nothing is left.</summary>
    public Plinth.Core.BadInputException NothingLeft(string path) =>
        new($"'{path}' holds no pictures that are read. Left out: {Close()}{(examples.Count > 0 ? ", first: " + examples[0] : "")}");
}
