using Plinth.Core;

namespace Plinth.Data.Text.Batching;

/// <summary>An encoded corpus: all tokens in a row, with the places where documents and their segments begin. It lies in memory, or in files that are mapped (<see cref="TokenShards"/>).</summary>
public sealed class TokenStore : IDisposable
{
    internal const string Ids = "ids", Documents = "documents", Segments = "segments", Words = "words";

    private readonly IColumnSource columns;
    private readonly Column<ushort>? small;
    private readonly Column<int>? large;
    private readonly Column<long> documentStarts, segmentStarts;
    private readonly Column<ulong>? wordStarts;
    private readonly DocumentSources? sources;

    /// <param name="columns">What the store is made of; it is the store's from now on.</param>
    /// <param name="layout">Which columns there are.</param>
    internal TokenStore(IColumnSource columns, TokenStoreLayout layout)
    {
        this.columns = columns;
        small = layout.IsSmall ? columns.Open<ushort>(Ids) : null;
        large = layout.IsSmall ? null : columns.Open<int>(Ids);
        documentStarts = columns.Open<long>(Documents);
        segmentStarts = columns.Open<long>(Segments);
        wordStarts = layout.HasWordStarts ? columns.Open<ulong>(Words) : null;
        sources = layout.HasSources ? new(columns) : null;
        if (TokenCount == 0)
        {
            throw NoTokens();
        }
    }

    /// <summary>Tokens.</summary>
    public long TokenCount => documentStarts[documentStarts.Count - 1];

    /// <summary>Documents that have tokens.</summary>
    public int DocumentCount => (int)documentStarts.Count - 1;

    /// <summary>Segments, usually sentences; each document has at least one.</summary>
    public int SegmentCount => (int)segmentStarts.Count - 1;

    /// <summary>Whether the store knows where words begin.</summary>
    public bool HasWordStarts => wordStarts is not null;

    /// <summary>First token of each document, then the end; one entry more than documents.</summary>
    public ReadOnlySpan<long> DocumentStarts => documentStarts.All();

    /// <summary>First token of each segment, then the end; one entry more than segments.</summary>
    public ReadOnlySpan<long> SegmentStarts => segmentStarts.All();

    /// <summary>The token at a place.</summary>
    public int this[long index] => small is null ? large![index] : small[index];

    /// <summary>Whether a token begins a word; true when the store does not know.</summary>
    public bool StartsWord(long index) => wordStarts is null || (wordStarts[index >> 6] >> (int)(index & 63) & 1) != 0;

    /// <summary>Copies tokens.</summary>
    /// <param name="start">First token.</param>
    /// <param name="target">Where they go, and how many.</param>
    public void Copy(long start, Span<long> target)
    {
        var i = 0;
        if (small is not null)
        {
            foreach (var id in small.Read(start, target.Length))
            {
                target[i++] = id;
            }

            return;
        }

        foreach (var id in large!.Read(start, target.Length))
        {
            target[i++] = id;
        }
    }

    /// <summary>How often a token occurs.</summary>
    /// <param name="id">Its id.</param>
    public long Count(int id)
    {
        var (count, piece) = (0L, 0);
        for (var start = 0L; start < TokenCount; start += piece)
        {
            piece = (int)Math.Min(1 << 20, TokenCount - start);
            count += small is null ? large!.Read(start, piece).Count(id) : id <= ushort.MaxValue ? small.Read(start, piece).Count((ushort)id) : 0;
        }

        return count;
    }

    /// <summary>The document that a token belongs to.</summary>
    public int DocumentOf(long index)
    {
        var found = DocumentStarts.BinarySearch(index);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>Where a document comes from; null when the store was made of bare texts.</summary>
    /// <param name="document">Number of the document, from 0.</param>
    public DocumentSource? SourceOf(int document) => sources?.Of(document);

    internal static BadInputException NoTokens() => new("The corpus has no tokens. Give at least one document that is not empty.");

    /// <summary>Whether all columns fit together, as those of a store that was written whole do.</summary>
    internal bool IsConsistent() =>
        (small?.Count ?? large!.Count) == TokenCount && Ascends(documentStarts) && Ascends(segmentStarts)
        && (wordStarts is null || wordStarts.Count == (TokenCount + 63) / 64) && (sources is null || sources.Count == DocumentCount);

    /// <summary>Lets go of the files of a store that is mapped; nothing may be read afterwards.</summary>
    public void Dispose() => columns.Dispose();

    /// <summary>Encodes documents once, in their order, into memory.</summary>
    /// <param name="documents">The texts; read one by one.</param>
    /// <param name="tokenizer">Encodes them without special tokens.</param>
    /// <param name="options">Segments, words and threads.</param>
    /// <param name="progress">Told now and then how far it is.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="BadInputException">There are no tokens.</exception>
    public static TokenStore Encode(
        IEnumerable<string> documents, Tokenizer tokenizer, TokenStoreOptions? options = null,
        IProgress<EncodeProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        return Encode(documents.Select(text => new Document(text, "")), tokenizer, options ?? new(), hasSources: false, progress, cancellation);
    }

    /// <summary>Encodes documents as <see cref="Encode(IEnumerable{string}, Tokenizer, TokenStoreOptions?, IProgress{EncodeProgress}?, CancellationToken)"/> does, and remembers where they come from.</summary>
    /// <param name="documents">The documents; read one by one.</param>
    /// <param name="tokenizer">Encodes them without special tokens.</param>
    /// <param name="options">Segments, words and threads.</param>
    /// <param name="progress">Told now and then how far it is.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="BadInputException">There are no tokens.</exception>
    public static TokenStore Encode(
        IEnumerable<Document> documents, Tokenizer tokenizer, TokenStoreOptions? options = null,
        IProgress<EncodeProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        return Encode(documents, tokenizer, options ?? new(), hasSources: true, progress, cancellation);
    }

    /// <summary>A store of documents that are token ids already; each is one segment.</summary>
    /// <exception cref="BadInputException">There are no tokens.</exception>
    public static TokenStore FromIds(IEnumerable<IReadOnlyList<int>> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        var columns = new MemoryColumns();
        var ids = columns.Create<int>(Ids);
        ColumnWriter<long>[] starts = [columns.Create<long>(Documents), columns.Create<long>(Segments)];
        Mark();
        foreach (var document in documents.Where(d => d.Count > 0))
        {
            foreach (var id in document)
            {
                ids.Add(id);
            }

            Mark();
        }

        return new(columns, new(IsSmall: false, HasWordStarts: false, HasSources: false));

        void Mark() => Array.ForEach(starts, column => column.Add(ids.Count));
    }

    private static TokenStore Encode(
        IEnumerable<Document> documents, Tokenizer tokenizer, TokenStoreOptions options, bool hasSources, IProgress<EncodeProgress>? progress, CancellationToken cancellation)
    {
        var columns = new MemoryColumns();
        var layout = TokenStoreLayout.Of(tokenizer, options, hasSources);
        new TokenStoreBuilder(tokenizer, options, layout, columns).Encode(documents, progress, cancellation);
        return new(columns, layout);
    }

    private bool Ascends(Column<long> starts)
    {
        var last = -1L;
        foreach (var start in starts.All())
        {
            if (start <= last)
            {
                return false;
            }

            last = start;
        }

        return starts[0] == 0 && last == TokenCount;
    }
}
