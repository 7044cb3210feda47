using System.Text;
using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Inference.Constraints;

/// <summary>The tokens of a vocabulary by the bytes that they write, in the order of the bytes, so that tokens with a common beginning are walked together.</summary>
internal sealed class TokenAlphabet
{
    /// <summary>What nothing costs: a place from which no end can be reached.</summary>
    public const int Unreachable = int.MaxValue / 4;

    private readonly bool[] hasByte = new bool[256];

    /// <exception cref="PlinthException">The tokenizer cannot tell what its tokens write.</exception>
    public TokenAlphabet(Tokenizer tokenizer)
    {
        List<(byte[] Bytes, int Id)> tokens = [];
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (tokenizer.BytesOf(id) is { Length: > 0 } bytes)
            {
                tokens.Add((bytes, id));
            }
        }

        if (tokens.Count == 0)
        {
            throw new PlinthException("This tokenizer cannot tell what each of its tokens writes, so answers cannot be constrained with it. Use a byte-level BPE, SentencePiece or character tokenizer.");
        }

        All = new(tokens);
        Spelling = tokens.ToDictionary(token => token.Id, token => token.Bytes);
        Unsafe = new(tokens.Where(token => SafeLength(token.Bytes) < 0));
        var safe = tokens.Select(token => (token.Id, Length: SafeLength(token.Bytes))).Where(token => token.Length > 0).ToList();
        SafeByLength = new int[safe.Count == 0 ? 0 : safe.Max(token => token.Length) + 1][];
        for (var length = 0; length < SafeByLength.Length; length++)
        {
            SafeByLength[length] = [.. safe.Where(token => token.Length == length).Select(token => token.Id)];
        }

        foreach (var (bytes, _) in tokens.Where(token => token.Bytes.Length == 1))
        {
            hasByte[bytes[0]] = true;
        }
    }

    /// <summary>All tokens that write text.</summary>
    public SortedTokens All { get; }

    /// <summary>Tokens that may end a string, escape in it, or hold a part of a character.</summary>
    public SortedTokens Unsafe { get; }

    /// <summary>Ids of the tokens that are so many whole characters of a string, with nothing to escape.</summary>
    public int[][] SafeByLength { get; }

    /// <summary>What each id writes.</summary>
    public IReadOnlyDictionary<int, byte[]> Spelling { get; }

    /// <summary>Tokens that a byte costs.</summary>
    public int CostOf(byte value) => hasByte[value] ? 1 : Unreachable;

    /// <summary>Tokens that any of some bytes costs.</summary>
    public int CostOfAny(int from, int to)
    {
        for (var value = from; value <= to; value++)
        {
            if (hasByte[value])
            {
                return 1;
            }
        }

        return Unreachable;
    }

    /// <summary>For each place of a text, how few tokens write the rest of it.</summary>
    public int[] CostsOf(byte[] text)
    {
        var costs = new int[text.Length + 1];
        for (var at = text.Length - 1; at >= 0; at--)
        {
            costs[at] = Unreachable;
            foreach (var length in All.LengthsAt(text.AsSpan(at)))
            {
                costs[at] = Math.Min(costs[at], 1 + costs[at + length]);
            }
        }

        return costs;
    }

    private static int SafeLength(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        while (!bytes.IsEmpty)
        {
            if (bytes[0] is < 0x20 or (byte)'"' or (byte)'\\' || Rune.DecodeFromUtf8(bytes, out _, out var length) != System.Buffers.OperationStatus.Done)
            {
                return -1;
            }

            bytes = bytes[length..];
            count++;
        }

        return count;
    }
}

/// <summary>Tokens in the order of their bytes.</summary>
internal sealed class SortedTokens
{
    public SortedTokens(IEnumerable<(byte[] Bytes, int Id)> tokens)
    {
        var sorted = tokens.ToList();
        sorted.Sort((a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes) is not 0 and var order ? order : a.Id.CompareTo(b.Id));
        Ids = [.. sorted.Select(token => token.Id)];
        Bytes = [.. sorted.Select(token => token.Bytes)];
        Shared = new int[sorted.Count];
        for (var i = 1; i < sorted.Count; i++)
        {
            Shared[i] = Bytes[i].AsSpan().CommonPrefixLength(Bytes[i - 1]);
        }

        Longest = sorted.Count == 0 ? 0 : Bytes.Max(bytes => bytes.Length);
    }

    public int[] Ids { get; }

    public byte[][] Bytes { get; }

    /// <summary>How many bytes a token shares with the one before it.</summary>
    public int[] Shared { get; }

    public int Longest { get; }

    /// <summary>The lengths of the tokens that a text begins with.</summary>
    public IEnumerable<int> LengthsAt(ReadOnlySpan<byte> text)
    {
        List<int> lengths = [];
        var (low, high) = (0, Bytes.Length);
        for (var length = 1; length <= Math.Min(text.Length, Longest) && low < high; length++)
        {
            low = FirstAtLeast(text[..length], low, high);
            if (low == high || !Bytes[low].AsSpan().StartsWith(text[..length]))
            {
                break;
            }

            if (Bytes[low].Length == length)
            {
                lengths.Add(length);
            }
        }

        return lengths;
    }

    /// <summary>Ids of the tokens that write exactly this.</summary>
    public IEnumerable<int> Exactly(byte[] text)
    {
        for (var i = FirstAtLeast(text, 0, Bytes.Length); i < Bytes.Length && Bytes[i].AsSpan().SequenceEqual(text); i++)
        {
            yield return Ids[i];
        }
    }

    private int FirstAtLeast(ReadOnlySpan<byte> text, int low, int high)
    {
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Bytes[middle].AsSpan().SequenceCompareTo(text) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
