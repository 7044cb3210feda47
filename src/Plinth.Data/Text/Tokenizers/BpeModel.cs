using System.Buffers;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>How a <see cref="BpeModel" /> treats what is not in the plain case.</summary>
internal sealed record BpeOptions
{
    public int? UnknownId { get; init; }

    public string? InnerPrefix { get; init; }

    public string? EndSuffix { get; init; }

    public bool FusesUnknown { get; init; }

    public bool FallsBackToBytes { get; init; }

    public bool TakesWholeWords { get; init; }
}

/// <summary>Byte-pair encoding: the pair learnt first is merged first (Sennrich et al. 2016, arXiv:1508.07909).</summary>
internal sealed class BpeModel : TokenModel
{
    private const int SmallWord = 48;

    private readonly BpeOptions options;
    private readonly Dictionary<long, long> merges;
    private readonly HashSet<long> bridges = [];
    private readonly System.Collections.BitArray knownUnits = new(char.MaxValue + 1);
    private readonly int[]? byteIds;
    private readonly bool isCuttable;

    /// <param name="vocabulary">Tokens.</param>
    /// <param name="pairs">Merges, the most important first.</param>
    /// <param name="options">Special cases.</param>
    /// <param name="where">The file, for messages.</param>
    public BpeModel(Vocabulary vocabulary, IReadOnlyList<(string Left, string Right)> pairs, BpeOptions options, string where)
        : base(vocabulary)
    {
        this.options = options;
        merges = new(pairs.Count);
        var prefixLength = options.InnerPrefix?.Length ?? 0;
        for (var rank = 0; rank < pairs.Count; rank++)
        {
            var (left, right) = pairs[rank];
            var inner = prefixLength > 0 && right.StartsWith(options.InnerPrefix!, StringComparison.Ordinal) ? right[prefixLength..] : right;
            if (vocabulary.IdOf(left) is not { } leftId || vocabulary.IdOf(right) is not { } rightId || vocabulary.IdOf(left + inner) is not { } wholeId)
                throw new BadInputException($"{where}: merge {rank} joins '{Vocabulary.Shown(left)}' and '{Vocabulary.Shown(right)}' to '{Vocabulary.Shown(left + inner)}', but not all three are in the vocabulary.");
            merges[Key(leftId, rightId)] = ((long)rank << 32) | (uint)wholeId; // of equal pairs the last counts
            bridges.Add(Key(LastOf(left), CodePoints.At(right, 0, out _)));
        }
        foreach (var (token, _) in vocabulary.Entries)
        {
            if (token.Length == 1)
                knownUnits[token[0]] = true;
        }
        byteIds = options.FallsBackToBytes ? FindBytes(vocabulary) : null;
        isCuttable = options is { InnerPrefix: null, EndSuffix: null, TakesWholeWords: false };
    }

    public override int? UnknownId => options.UnknownId;

    public override void Tokenize(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        if (options.TakesWholeWords && Vocabulary.TryGetId(word, out var whole))
        {
            tokens.Add(new(whole, 0, word.Length));
            return;
        }
        var symbols = ArrayPool<WordToken>.Shared.Rent(word.Length * 4 + 4);
        try
        {
            var count = Spell(word, symbols);
            if (merges.Count > 0)
                count = count <= SmallWord ? MergeSmall(symbols.AsSpan(0, count)) : MergeLarge(symbols.AsSpan(0, count));
            tokens.AddRange(symbols.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<WordToken>.Shared.Return(symbols);
        }
    }

    /// <summary>No merge has ever joined the two characters around a cut, so the tokens on both sides do not know of each other.</summary>
    public override int NextCut(ReadOnlySpan<char> word, int from)
    {
        if (!isCuttable)
            return word.Length;
        var before = CodePoints.At(word, from, out var length);
        var isKnown = IsKnown(word.Slice(from, length));
        for (var at = from + length; at < word.Length; at += length)
        {
            var after = CodePoints.At(word, at, out length);
            var isNextKnown = IsKnown(word.Slice(at, length));
            if (isKnown && isNextKnown && !bridges.Contains(Key(before, after)))
                return at;
            (before, isKnown) = (after, isNextKnown);
        }
        return word.Length;
    }

    private bool IsKnown(ReadOnlySpan<char> character) => character.Length == 1 ? knownUnits[character[0]] : Vocabulary.TryGetId(character, out _);

    /// <summary>The word as symbols of one character, of one byte, or unknown.</summary>
    private int Spell(ReadOnlySpan<char> word, WordToken[] symbols)
    {
        var count = 0;
        WordToken? unknown = null;
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0, length; i < word.Length; i += length)
        {
            var codePoint = CodePoints.At(word, i, out length);
            if (TryFind(word, i, length, out var id))
            {
                if (unknown is { } pending)
                    symbols[count++] = pending;
                unknown = null;
                symbols[count++] = new(id, i, i + length);
            }
            else if (byteIds is not null)
            {
                var size = new System.Text.Rune(char.IsSurrogate((char)codePoint) && codePoint < 0x10000 ? 0xFFFD : codePoint).EncodeToUtf8(utf8);
                for (var k = 0; k < size; k++)
                    symbols[count++] = new(byteIds[utf8[k]], i, i + length);
            }
            else if (options.UnknownId is { } unknownId)
            {
                if (unknown is { } pending && !options.FusesUnknown)
                    symbols[count++] = pending;
                unknown = unknown is { } last && options.FusesUnknown ? last with { End = i + length } : new(unknownId, i, i + length);
            }
        }
        if (unknown is { } rest)
            symbols[count++] = rest;
        return count;
    }

    private bool TryFind(ReadOnlySpan<char> word, int start, int length, out int id)
    {
        var character = word.Slice(start, length);
        var prefix = start > 0 ? options.InnerPrefix : null;
        var suffix = start + length == word.Length ? options.EndSuffix : null;
        return prefix is null && suffix is null
            ? Vocabulary.TryGetId(character, out id)
            : Vocabulary.TryGetId(string.Concat(prefix, character, suffix), out id);
    }

    private long PairValue(WordToken left, WordToken right) => merges.TryGetValue(Key(left.Id, right.Id), out var value) ? value : long.MaxValue;

    /// <summary>Merges in place by looking over all pairs each time.</summary>
    private int MergeSmall(Span<WordToken> symbols)
    {
        var count = symbols.Length;
        Span<long> values = stackalloc long[SmallWord];
        for (var i = 0; i + 1 < count; i++)
            values[i] = PairValue(symbols[i], symbols[i + 1]);
        while (count > 1)
        {
            var best = 0;
            for (var i = 1; i + 1 < count; i++)
            {
                if (values[i] < values[best])
                    best = i;
            }
            if (values[best] == long.MaxValue)
                break;
            symbols[best] = new((int)values[best], symbols[best].Start, symbols[best + 1].End);
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            values[(best + 1)..count].CopyTo(values[best..]);
            count--;
            if (best + 1 < count)
                values[best] = PairValue(symbols[best], symbols[best + 1]);
            if (best > 0)
                values[best - 1] = PairValue(symbols[best - 1], symbols[best]);
        }
        return count;
    }

    /// <summary>Merges through a queue and a linked list: n log n for words of any length.</summary>
    private int MergeLarge(Span<WordToken> symbols)
    {
        var count = symbols.Length;
        var (next, previous) = (new int[count], new int[count]);
        PriorityQueue<(int Left, long Value), (int Rank, int Left)> queue = new(count);
        for (var i = 0; i < count; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
        }
        for (var i = 0; i + 1 < count; i++)
            Offer(symbols, i, i + 1);
        while (queue.TryDequeue(out var top, out _))
        {
            var left = top.Left;
            if (symbols[left].Id < 0 || next[left] >= count || PairValue(symbols[left], symbols[next[left]]) != top.Value)
                continue;
            var right = next[left];
            symbols[left] = new((int)top.Value, symbols[left].Start, symbols[right].End);
            symbols[right] = new(-1, 0, 0);
            next[left] = next[right];
            if (next[left] < count)
            {
                previous[next[left]] = left;
                Offer(symbols, left, next[left]);
            }
            if (previous[left] >= 0)
                Offer(symbols, previous[left], left);
        }
        var kept = 0;
        for (var i = 0; i < count; i = next[i])
            symbols[kept++] = symbols[i];
        return kept;

        void Offer(Span<WordToken> all, int left, int right)
        {
            var value = PairValue(all[left], all[right]);
            if (value != long.MaxValue)
                queue.Enqueue((left, value), ((int)(value >> 32), left));
        }
    }

    private static int[]? FindBytes(Vocabulary vocabulary)
    {
        var found = new int[256];
        for (var value = 0; value < 256; value++)
        {
            if (vocabulary.IdOf($"<0x{value:X2}>") is not { } id)
                return null;
            found[value] = id;
        }
        return found;
    }

    private static int LastOf(string token) => token.Length > 1 && char.IsLowSurrogate(token[^1]) && char.IsHighSurrogate(token[^2])
        ? char.ConvertToUtf32(token[^2], token[^1])
        : token[^1];

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;
}
