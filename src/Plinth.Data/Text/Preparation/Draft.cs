namespace Plinth.Data.Text.Preparation;

/// <summary>Why a document is left out.</summary>
/// <param name="Rule">Name of the rule, such as <c>mean_word_length</c>.</param>
/// <param name="Reason">What was found and what is allowed.</param>
public sealed record Rejection(string Rule, string Reason);

/// <summary>A document on its way through the steps.</summary>
public sealed class Draft
{
    private readonly Dictionary<StepWork, object> findings = [];
    private Dictionary<string, int> counts = [];

    /// <param name="document">What was read.</param>
    public Draft(Document document)
    {
        ArgumentNullException.ThrowIfNull(document);
        Document = document;
        Text = document.Text;
    }

    /// <summary>What was read.</summary>
    public Document Document { get; }

    /// <summary>The text as the steps have left it.</summary>
    public string Text { get; set; }

    /// <summary>The language that was found, as in <c>en</c>; null where none was looked for, or none could be told.</summary>
    public string? Language { get; set; }

    /// <summary>Why it is left out; null while it is not.</summary>
    public Rejection? Rejection { get; internal set; }

    /// <summary>Leaves the document out.</summary>
    /// <param name="rule">Name of the rule.</param>
    /// <param name="reason">What was found and what is allowed.</param>
    public void Reject(string rule, string reason) => Rejection ??= new(rule, reason);

    /// <summary>Counts what was done to the document, for the report.</summary>
    /// <param name="what">What was done, such as <c>e_mail</c>.</param>
    /// <param name="times">How often.</param>
    public void Count(string what, int times)
    {
        if (times > 0)
        {
            counts[what] = counts.GetValueOrDefault(what) + times;
        }
    }

    /// <summary>Keeps what a step found in its examination for its decision.</summary>
    internal void Keep(StepWork step, object finding) => findings[step] = finding;

    /// <summary>What <see cref="Keep"/> kept.</summary>
    internal T Finding<T>(StepWork step) => (T)findings[step];

    /// <summary>Gives what the current step did and how often, so that the next one begins with nothing; null when it did nothing.</summary>
    internal IReadOnlyDictionary<string, int>? TakeCounts()
    {
        if (counts.Count == 0)
        {
            return null;
        }

        var taken = counts;
        counts = [];
        return taken;
    }
}
