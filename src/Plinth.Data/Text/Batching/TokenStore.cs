using Plinth.Core;

namespace Plinth.Data.Text.Batching;

/// <summary>An encoded corpus in memory: all tokens in one array, with the places where documents and their segments begin.</summary>
public sealed class TokenStore
{
    private readonly ushort[]? small;
    private readonly int[]? large;
    private readonly long[] documentStarts, segmentStarts;
    private readonly ulong[]? wordStarts;

    internal TokenStore(ushort[]? small, int[]? large, long[] documentStarts, long[] segmentStarts, ulong[]? wordStarts)
    {
        (this.small, this.large, this.documentStarts, this.segmentStarts, this.wordStarts) = (small, large, documentStarts, segmentStarts, wordStarts);
        if (TokenCount == 0)
        {
            throw new BadInputException("The corpus has no tokens. Give at least one document that is not empty.");
        }
    }

    /// <summary>Tokens.</summary>
    public long TokenCount => documentStarts[^1];

    /// <summary>Documents that have tokens.</summary>
    public int DocumentCount => documentStarts.Length - 1;

    /// <summary>Segments, usually sentences; each document has at least one.</summary>
    public int SegmentCount => segmentStarts.Length - 1;

    /// <summary>Whether the store knows where words begin.</summary>
    public bool HasWordStarts => wordStarts is not null;

    /// <summary>First token of each document, then the end; one entry more than documents.</summary>
    public ReadOnlySpan<long> DocumentStarts => documentStarts;

    /// <summary>First token of each segment, then the end; one entry more than segments.</summary>
    public ReadOnlySpan<long> SegmentStarts => segmentStarts;

    /// <summary>The token at a place.</summary>
    public int this[long index] => small is null ? large![index] : small[index];

    /// <summary>Whether a token begins a word; true when the store does not know.</summary>
    public bool StartsWord(long index) => wordStarts is null || (wordStarts[index >> 6] >> (int)(index & 63) & 1) != 0;

    /// <summary>Copies tokens.</summary>
    /// <param name="start">First token.</param>
    /// <param name="target">Where they go, and how many.</param>
    public void Copy(long start, Span<long> target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = this[start + i];
        }
    }

    /// <summary>The document that a token belongs to.</summary>
    public int DocumentOf(long index)
    {
        var found = Array.BinarySearch(documentStarts, index);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>Encodes documents once, in their order.</summary>
    /// <param name="documents">The texts; read one by one.</param>
    /// <param name="tokenizer">Encodes them without special tokens.</param>
    /// <param name="options">Segments, words and threads.</param>
    /// <param name="progress">Told now and then how far it is.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="BadInputException">There are no tokens.</exception>
    public static TokenStore Encode(
        IEnumerable<string> documents, Tokenizer tokenizer, TokenStoreOptions? options = null,
        IProgress<EncodeProgress>? progress = null, CancellationToken cancellation = default) =>
        new TokenStoreBuilder(tokenizer, options ?? new()).Encode(documents, progress, cancellation);

    /// <summary>A store of documents that are token ids already; each is one segment.</summary>
    /// <exception cref="BadInputException">There are no tokens.</exception>
    public static TokenStore FromIds(IEnumerable<IReadOnlyList<int>> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        List<int> ids = [];
        List<long> starts = [0];
        foreach (var document in documents.Where(d => d.Count > 0))
        {
            ids.AddRange(document);
            starts.Add(ids.Count);
        }

        long[] boundaries = [.. starts];
        return new(null, [.. ids], boundaries, boundaries, null);
    }
}
