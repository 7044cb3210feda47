using Plinth.Data.Text;

namespace Plinth.Recipes;

/// <summary>
/// Parts documents while they are read, by a hash of each text, so that a copy never lands on the other side and order does not matter. One
/// long text, such as a book, is cut instead: its end is what a model has not seen yet.
/// </summary>
internal sealed class DocumentSplit
{
    private const int HashSteps = 10_000;

    private readonly IEnumerable<Document> documents;
    private readonly double share;
    private readonly Lazy<Kind> kind;

    /// <param name="documents">Read anew for each walk.</param>
    /// <param name="share">Share that is held out, 0 to below 1.</param>
    public DocumentSplit(IEnumerable<Document> documents, double share)
    {
        (this.documents, this.share) = (documents, share);
        kind = new(Probe);
    }

    private enum Kind
    {
        /// <summary>There is one document.</summary>
        Single,

        /// <summary>Both sides may have some.</summary>
        Parted,

        /// <summary>All would be held out, and so all are learnt from.</summary>
        Whole,
    }

    /// <summary>Documents to learn from.</summary>
    public IEnumerable<Document> Training => Part(isHeldOut: false);

    /// <summary>Documents held out.</summary>
    public IEnumerable<Document> Validation => Part(isHeldOut: true);

    private IEnumerable<Document> Part(bool isHeldOut)
    {
        if (share == 0)
        {
            return isHeldOut ? [] : documents;
        }

        return kind.Value switch
        {
            Kind.Single => documents.Select(document => Cut(document, isHeldOut)).Where(document => document.Text.Length > 0),
            Kind.Whole => isHeldOut ? [] : documents,
            _ => documents.Where(document => IsHeldOut(document) == isHeldOut),
        };
    }

    private Document Cut(Document document, bool isHeldOut)
    {
        var cut = (int)(document.Text.Length * (1 - share));
        return document with { Text = isHeldOut ? document.Text[cut..] : document.Text[..cut] };
    }

    private bool IsHeldOut(Document document) => StableHash.Of(document.Text, 0) % HashSteps < (ulong)(share * HashSteps);

    // Two documents, one of them to learn from, and it is known; mostly at the beginning of a corpus.
    private Kind Probe()
    {
        var count = 0;
        var hasTraining = false;
        foreach (var document in documents)
        {
            count++;
            hasTraining |= !IsHeldOut(document);
            if (count > 1 && hasTraining)
            {
                return Kind.Parted;
            }
        }

        return count == 1 ? Kind.Single : Kind.Whole;
    }
}
