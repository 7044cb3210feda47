using Plinth.Core;
using Plinth.Data.Batching;

namespace Plinth.Data.Text.Batching;

/// <summary>Gathers encoded documents into the columns of one store.</summary>
internal sealed class TokenStoreBuilder
{
    private const int ReportEvery = 256;

    // Enough text that handing it over costs nothing beside encoding it.
    private const int ChunkCharacters = 1 << 17;

    private readonly Tokenizer tokenizer;
    private readonly TokenStoreOptions options;
    private readonly ColumnWriter<ushort>? small;
    private readonly ColumnWriter<int>? large;
    private readonly ColumnWriter<long> documents, segments;
    private readonly ColumnWriter<ulong>? words;
    private readonly DocumentSourceWriter? sources;
    private long count;
    private ulong word;

    public TokenStoreBuilder(Tokenizer tokenizer, TokenStoreOptions options, TokenStoreLayout layout, IColumnSink sink)
    {
        (this.tokenizer, this.options) = (tokenizer, options);
        small = layout.IsSmall ? sink.Create<ushort>(TokenStore.Ids) : null;
        large = layout.IsSmall ? null : sink.Create<int>(TokenStore.Ids);
        documents = sink.Create<long>(TokenStore.Documents);
        segments = sink.Create<long>(TokenStore.Segments);
        words = layout.HasWordStarts ? sink.Create<ulong>(TokenStore.Words) : null;
        sources = layout.HasSources ? new(sink) : null;
    }

    /// <summary>Encodes documents in parallel and writes them in their order.</summary>
    /// <exception cref="BadInputException">There are no tokens, or too many segments.</exception>
    public void Encode(IEnumerable<Document> texts, IProgress<EncodeProgress>? progress, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.ThreadCount, nameof(options));
        documents.Add(0);
        segments.Add(0);
        var done = 0L;
        var chunks = BoundedOrder.Chunk(texts, document => document.Text.Length, ChunkCharacters);
        foreach (var chunk in BoundedOrder.Map(chunks, chunk => chunk.ConvertAll(EncodeOne), options.ThreadCount, cancellation))
        {
            foreach (var (document, pieces) in chunk)
            {
                Add(document, pieces);
                if (++done % ReportEvery == 0)
                {
                    progress?.Report(new(done, count));
                }
            }
        }

        if ((count & 63) != 0)
        {
            words?.Add(word);
        }

        progress?.Report(new(done, count));
        if (count == 0)
        {
            throw TokenStore.NoTokens();
        }
    }

    private (Document Document, Piece[] Pieces) EncodeOne(Document document) =>
        (document, [.. (options.Segments?.Invoke(document.Text) ?? [document.Text]).Select(EncodePiece).Where(piece => piece.Ids.Count > 0)]);

    private Piece EncodePiece(string text)
    {
        if (!options.KeepWordStarts)
        {
            return new(tokenizer.EncodeIds(text), null);
        }

        var encoding = tokenizer.Encode(text, null, addSpecial: false);
        return new(encoding.Ids, encoding.StartsWord);
    }

    private void Add(Document document, Piece[] pieces)
    {
        foreach (var (ids, startsWord) in pieces)
        {
            for (var i = 0; i < ids.Count; i++)
            {
                Add(ids[i], startsWord is null || startsWord[i]);
            }

            // Orders and spans count in 32 bits.
            if (segments.Count == int.MaxValue)
            {
                throw new BadInputException($"The corpus has {int.MaxValue:N0} segments or more. Split it into several sources.");
            }

            segments.Add(count);
        }

        if (pieces.Length > 0)
        {
            documents.Add(count);
            sources?.Add(document);
        }
    }

    private void Add(int id, bool startsWord)
    {
        if (small is null)
        {
            large!.Add(id);
        }
        else
        {
            small.Add(checked((ushort)id));
        }

        word |= startsWord ? 1UL << (int)(count & 63) : 0;
        if ((++count & 63) == 0)
        {
            words?.Add(word);
            word = 0;
        }
    }

    private readonly record struct Piece(IReadOnlyList<int> Ids, IReadOnlyList<bool>? StartsWord);
}
