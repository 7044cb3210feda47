using System.Runtime.ExceptionServices;
using Plinth.Core;

namespace Plinth.Data.Text.Batching;

/// <summary>Gathers encoded documents into one store.</summary>
internal sealed class TokenStoreBuilder(Tokenizer tokenizer, TokenStoreOptions options)
{
    private const int ReportEvery = 256;
    private readonly List<ushort>? small = tokenizer.VocabularySize <= ushort.MaxValue + 1 ? [] : null;
    private readonly List<int> large = [];
    private readonly List<long> documents = [0], segments = [0];
    private readonly List<ulong> words = [];
    private long count;

    public TokenStore Encode(IEnumerable<string> texts, IProgress<EncodeProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.ThreadCount, nameof(options));
        var encoded = options.ThreadCount == 1
            ? texts.Select(EncodeOne)
            : texts.AsParallel().AsOrdered().WithDegreeOfParallelism(options.ThreadCount).WithCancellation(cancellation).Select(EncodeOne);
        var done = 0L;
        try
        {
            foreach (var document in encoded)
            {
                cancellation.ThrowIfCancellationRequested();
                Add(document);
                if (++done % ReportEvery == 0)
                {
                    progress?.Report(new(done, count));
                }
            }
        }
        catch (AggregateException error) when (error.InnerExceptions.Count > 0)
        {
            ExceptionDispatchInfo.Throw(error.Flatten().InnerExceptions[0]);
        }

        progress?.Report(new(done, count));
        return new(small?.ToArray(), small is null ? [.. large] : null, [.. documents], [.. segments], options.KeepWordStarts ? [.. words] : null);
    }

    private Piece[] EncodeOne(string text) => [.. (options.Segments?.Invoke(text) ?? [text]).Select(EncodePiece).Where(piece => piece.Ids.Count > 0)];

    private Piece EncodePiece(string text)
    {
        if (!options.KeepWordStarts)
        {
            return new(tokenizer.EncodeIds(text), null);
        }

        var encoding = tokenizer.Encode(text, null, addSpecial: false);
        return new(encoding.Ids, encoding.StartsWord);
    }

    private void Add(Piece[] pieces)
    {
        foreach (var (ids, startsWord) in pieces)
        {
            if (count + ids.Count > Array.MaxLength)
            {
                throw new BadInputException($"The corpus has more than {Array.MaxLength:N0} tokens, which is as many as one store holds. Split it into parts.");
            }

            for (var i = 0; i < ids.Count; i++, count++)
            {
                Add(ids[i], startsWord is null || startsWord[i]);
            }

            segments.Add(count);
        }

        if (pieces.Length > 0)
        {
            documents.Add(count);
        }
    }

    private void Add(int id, bool startsWord)
    {
        if (small is null)
        {
            large.Add(id);
        }
        else
        {
            small.Add(checked((ushort)id));
        }

        if (!options.KeepWordStarts)
        {
            return;
        }

        if ((count & 63) == 0)
        {
            words.Add(0);
        }

        words[^1] |= startsWord ? 1UL << (int)(count & 63) : 0;
    }

    private readonly record struct Piece(IReadOnlyList<int> Ids, IReadOnlyList<bool>? StartsWord);
}
