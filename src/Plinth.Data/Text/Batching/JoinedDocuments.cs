namespace Plinth.Data.Text.Batching;

/// <summary>All documents of a store one after the other, each followed by the end token.</summary>
/// <param name="store">The documents.</param>
/// <param name="endId">Id that ends a document, or null to join them as they are.</param>
public sealed class JoinedDocuments(TokenStore store, int? endId)
{
    private readonly int endCount = endId is null ? 0 : 1;

    /// <summary>Tokens, the end tokens included.</summary>
    public long Length => store.TokenCount + (long)endCount * store.DocumentCount;

    /// <summary>Copies tokens.</summary>
    /// <param name="start">First token.</param>
    /// <param name="target">Where they go, and how many.</param>
    public void Read(long start, Span<long> target)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + target.Length, Length, nameof(target));
        var document = DocumentAt(start);
        while (target.Length > 0)
        {
            var end = store.DocumentStarts[document + 1];
            var place = start - (long)endCount * document;               // place in the store
            var take = (int)Math.Min(target.Length, end - place);
            store.Copy(place, target[..take]);
            start += take;
            target = target[take..];
            if (target.Length > 0 && endId is { } id)
            {
                target[0] = id;
                start++;
                target = target[1..];
            }

            document++;
        }
    }

    // The last document that begins at or before a place of the stream.
    private int DocumentAt(long place)
    {
        var (low, high) = (0, store.DocumentCount - 1);
        while (low < high)
        {
            var middle = low + (high - low + 1) / 2;
            if (store.DocumentStarts[middle] + (long)endCount * middle <= place)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }
}
