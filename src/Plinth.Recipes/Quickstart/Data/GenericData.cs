using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Recipes.Quickstart;

/// <summary>A user's own text as documents to pre-train on and the one task that needs no labels: which second half belongs to this first half?</summary>
public sealed class GenericData
{
    private const int FewestWords = 20, FewestDocuments = 100;
    private const long MostCharacters = 200_000_000;

    private readonly ILookup<DataSplit, Document> documents;

    private GenericData(ILookup<DataSplit, Document> documents) => this.documents = documents;

    /// <summary>First half as <see cref="TextSample.Text"/>, second half as <see cref="TextSample.Pair"/>; of documents of at least 20 words.</summary>
    public required TaskData Retrieval { get; init; }

    /// <summary>Reads a file or folder: plain text by paragraphs, JSON lines and tables by their text field.</summary>
    /// <param name="path">File or folder.</param>
    /// <param name="seed">Decides which document goes where.</param>
    /// <param name="options">How to read; by paragraphs when left out.</param>
    /// <exception cref="BadInputException">Nothing is there, something is malformed, or there is too little of it.</exception>
    public static GenericData Load(string path, int seed = 0, CorpusOptions? options = null) =>
        From(CorpusFiles.Open(path, options ?? new() { Unit = TextUnit.Paragraph }), path, seed);

    /// <summary>Splits documents that have been read; equal ones count once.</summary>
    /// <param name="texts">The documents.</param>
    /// <param name="name">What messages call them.</param>
    /// <param name="seed">Decides which document goes where.</param>
    /// <exception cref="BadInputException">There is too little or too much.</exception>
    public static GenericData From(IEnumerable<Document> texts, string name, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var seen = new HashSet<ulong>();
        var kept = new List<Document>();
        var characters = 0L;
        foreach (var document in texts.Where(d => seen.Add(StableHash.OfWords(d.Text))))
        {
            kept.Add(document);
            if ((characters += document.Text.Length) > MostCharacters)
            {
                throw new BadInputException($"{name} holds more than {MostCharacters:N0} characters, more than a quickstart can learn from. Give a part of it.");
            }
        }

        var documents = kept.ToLookup(d => DataSplits.Of(d.Text, seed));
        if (kept.Count < FewestDocuments || Enum.GetValues<DataSplit>().Any(s => !documents[s].Any()))
        {
            throw new BadInputException($"{name} holds {kept.Count} distinct documents; at least {FewestDocuments} are needed to learn and to test. In plain text a blank line ends a document.");
        }

        var halves = new HashSet<ulong>();
        return new(documents)
        {
            Retrieval = new()
            {
                Name = "retrieval",
                Train = Halves(documents[DataSplit.Train], halves),
                Validation = Halves(documents[DataSplit.Validation], halves),
                Test = Halves(documents[DataSplit.Test], halves),
            },
        };
    }

    /// <summary>The distinct documents of a split. Pre-training uses those of <see cref="DataSplit.Train"/> only.</summary>
    /// <param name="split">Which.</param>
    public IEnumerable<Document> Documents(DataSplit split) => documents[split];

    private static TextSample[] Halves(IEnumerable<Document> documents, HashSet<ulong> seen) => documents
        .Where(d => Words.Count(d.Text) >= FewestWords)
        .Select(d => Half(d.Text.Trim()))
        .Where(s => seen.Add(StableHash.OfWords(s.Text)) && seen.Add(StableHash.OfWords(s.Pair!)))
        .ToArray();

    /// <summary>Cuts at the end of the sentence nearest to the middle, or at the nearest blank where no sentence ends in the middle half.</summary>
    private static TextSample Half(string text)
    {
        var middle = text.Length / 2;
        var cut = Nearest(text, middle, i => char.IsWhiteSpace(text[i]) && text[i - 1] is '.' or '!' or '?');
        cut = cut < 0 ? Nearest(text, middle, i => char.IsWhiteSpace(text[i])) : cut;
        cut = cut >= 0 ? cut : char.IsLowSurrogate(text[middle]) ? middle + 1 : middle;
        return new(text[..cut].TrimEnd(), text[cut..].TrimStart());
    }

    private static int Nearest(string text, int middle, Func<int, bool> fits)
    {
        for (var far = 0; far < middle / 2; far++)
        {
            if (fits(middle - far))
            {
                return middle - far;
            }

            if (middle + far < text.Length && fits(middle + far))
            {
                return middle + far;
            }
        }

        return -1;
    }
}
