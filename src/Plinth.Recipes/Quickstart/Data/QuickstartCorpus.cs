using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Recipes.Quickstart;

/// <summary>
/// The documentation of the installed .NET libraries as documents to pre-train on and members to make tasks of. Types, with all that is
/// nested in them, go whole into one split; what is said in an earlier split is not said again in a later one.
/// </summary>
public sealed class QuickstartCorpus
{
    private readonly Dictionary<DataSplit, IReadOnlyList<DocumentationMember>> members = [];
    private readonly Dictionary<DataSplit, IReadOnlyList<Document>> documents = [];
    private readonly HashSet<ulong> trainTexts = [];

    private QuickstartCorpus(int seed) => Seed = seed;

    /// <summary>Decides which type goes where.</summary>
    public int Seed { get; }

    /// <summary>Finds and reads the documentation of the running .NET installation.</summary>
    /// <param name="seed">Decides which type goes where.</param>
    /// <param name="skipped">Told about files that cannot be read, with the reason.</param>
    /// <exception cref="BadInputException">No installation with documentation was found.</exception>
    public static QuickstartCorpus Load(int seed = 0, Action<string>? skipped = null) =>
        From(DocumentationFiles.Read(DocumentationFiles.Find(), skipped: skipped ?? (_ => { })), seed);

    /// <summary>Splits members that have been read.</summary>
    /// <param name="members">With distinct identifiers.</param>
    /// <param name="seed">Decides which type goes where.</param>
    public static QuickstartCorpus From(IReadOnlyList<DocumentationMember> members, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(members);
        var corpus = new QuickstartCorpus(seed);
        var split = members.ToLookup(m => DataSplits.Of(m.OuterType, seed));
        var seen = new HashSet<ulong>();
        foreach (var part in Enum.GetValues<DataSplit>())
        {
            corpus.members[part] = split[part].ToArray();
            corpus.documents[part] = split[part].Select(member => new Document(member.AllText, member.Id)).Where(d => d.Text.Length > 0 && seen.Add(StableHash.OfWords(d.Text))).ToArray();
        }

        foreach (var member in corpus.members[DataSplit.Train])
        {
            foreach (var text in (RunningText[])[member.Summary, member.Remarks, member.Returns])
            {
                corpus.trainTexts.Add(StableHash.OfWords(text.Text));
            }
        }

        corpus.trainTexts.UnionWith(corpus.documents[DataSplit.Train].Select(d => StableHash.OfWords(d.Text)));
        return corpus;
    }

    /// <summary>One text per member, all parts joined; distinct within and across splits. Pre-training uses those of <see cref="DataSplit.Train"/> only.</summary>
    /// <param name="split">Which.</param>
    public IReadOnlyList<Document> Documents(DataSplit split) => documents[split];

    /// <summary>The members whose outermost type belongs to a split.</summary>
    /// <param name="split">Which.</param>
    public IReadOnlyList<DocumentationMember> Members(DataSplit split) => members[split];

    /// <summary>Whether a member of the train split says the same in its summary, remarks or returns, or as a whole.</summary>
    internal bool IsKnownFromTraining(string text) => trainTexts.Contains(StableHash.OfWords(text));
}
