using Plinth.Data.Batching;

namespace Plinth.Data.Text;

/// <summary>What a tokenizer makes of one set of texts.</summary>
/// <param name="Name">The set.</param>
/// <param name="Documents">Texts in it.</param>
/// <param name="Bytes">Their length in UTF-8.</param>
/// <param name="Tokens">Tokens of them, special ones left out.</param>
/// <param name="Unknown">Those of them that stand for what the vocabulary lacks: the unknown token, or bytes where it falls back to bytes.</param>
/// <param name="ByteTokens">Those of them that are bytes.</param>
/// <param name="Used">Different entries of the vocabulary among them.</param>
public sealed record TextUse(string Name, long Documents, long Bytes, long Tokens, long Unknown, long ByteTokens, int Used)
{
    /// <summary>Tokens of a byte: the lower, the more text fits into a sequence.</summary>
    public double TokensPerByte => Bytes == 0 ? 0 : (double)Tokens / Bytes;

    /// <summary>Share of the tokens that the vocabulary has, 0 to 1.</summary>
    public double Coverage => Tokens == 0 ? 1 : 1 - (double)Unknown / Tokens;

    /// <summary>Share of the tokens that are bytes of characters which the vocabulary lacks, 0 to 1.</summary>
    public double ByteShare => Tokens == 0 ? 0 : (double)ByteTokens / Tokens;
}

/// <summary>Finds out how well a vocabulary suits texts: how many tokens it makes of each set of them, and which of its entries none of them needs.</summary>
/// <param name="tokenizer">The tokenizer.</param>
public sealed class VocabularyUse(Tokenizer tokenizer)
{
    private const int ChunkCharacters = 1 << 17;

    private readonly long[] counts = new long[tokenizer.VocabularySize];
    private readonly HashSet<int> bytePieces = [.. ByteLevel.Pieces.Select(tokenizer.IdOf).OfType<int>()];
    private readonly HashSet<int> standIns = [.. ByteLevel.Pieces.Select(tokenizer.IdOf).Append(tokenizer.UnknownId).OfType<int>()];

    /// <summary>Encodes a set of texts.</summary>
    /// <param name="name">The set.</param>
    /// <param name="documents">The texts; read one by one.</param>
    /// <param name="cancellation">Stops the work.</param>
    public TextUse Add(string name, IEnumerable<Document> documents, CancellationToken cancellation = default)
    {
        var own = new long[counts.Length];
        var (count, bytes) = (0L, 0L);
        var chunks = BoundedOrder.Chunk(documents, document => document.Text.Length, ChunkCharacters);
        foreach (var chunk in BoundedOrder.Map(chunks, chunk => chunk.ConvertAll(document => (document.Text, Ids: tokenizer.EncodeIds(document.Text))), Environment.ProcessorCount, cancellation))
        {
            foreach (var (text, ids) in chunk)
            {
                count++;
                bytes += System.Text.Encoding.UTF8.GetByteCount(text);
                foreach (var id in ids)
                {
                    own[id]++;
                }
            }
        }

        for (var id = 0; id < counts.Length; id++)
        {
            counts[id] += own[id];
        }

        return new(name, count, bytes, own.Sum(), standIns.Sum(id => own[id]), bytePieces.Sum(id => own[id]), own.Count(used => used > 0));
    }

    /// <summary>Entries that no text so far needs, special tokens and bytes left out.</summary>
    public IReadOnlyList<string> Unused => [.. Ordinary.Where(id => counts[id] == 0).Select(id => tokenizer.TokenOf(id)!)];

    /// <summary>The longest entries with how often they occur.</summary>
    /// <param name="count">How many.</param>
    public IReadOnlyList<(string Token, long Count)> Longest(int count) =>
        [.. Ordinary.Select(id => (Token: tokenizer.TokenOf(id)!, counts[id])).OrderByDescending(entry => entry.Token.Length).ThenBy(entry => entry.Token, StringComparer.Ordinal).Take(count)];

    private IEnumerable<int> Ordinary => Enumerable.Range(0, counts.Length).Where(id => tokenizer.TokenOf(id) is not null && !tokenizer.SpecialIds.Contains(id) && !standIns.Contains(id));
}
