using System.Buffers.Binary;
using System.Collections.Concurrent;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>
/// SentencePiece's table of replacements (Kudo &amp; Richardson 2018, arXiv:1808.06226): a double-array trie of UTF-8 texts, and the texts
/// to put in their place.
/// </summary>
internal sealed class CharacterMap
{
    private const int LongestText = 4096;

    private readonly uint[] trie;
    private readonly byte[] texts;
    private readonly ConcurrentDictionary<uint, string> decoded = [];

    // ASCII characters that no rule changes when another ASCII character follows them, or nothing.
    private readonly bool[] isPlain = new bool[128];

    /// <param name="table">Four bytes with the trie's size in bytes, the trie, then texts that end in zero; or nothing.</param>
    /// <param name="where">The file, for messages.</param>
    public CharacterMap(ReadOnlySpan<byte> table, string where)
    {
        if (table.IsEmpty)
        {
            (trie, texts) = ([], []);
            return;
        }
        if (table.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(table) is var size && (size % 4 != 0 || size > table.Length - 4))
        {
            throw new BadInputException($"{where}: the table 'precompiled_charsmap' is cut off or damaged.");
        }

        trie = new uint[size / 4];
        for (var i = 0; i < trie.Length; i++)
        {
            trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(table[(4 + 4 * i)..]);
        }

        texts = table[(4 + (int)size)..].ToArray();
        for (var first = 0; first < isPlain.Length; first++)
        {
            isPlain[first] = true;
            var at = IsEmpty ? 0 : OffsetOf(trie[0]);
            if (IsEmpty || !TryStep(ref at, (byte)first, out var leaf))
            {
                continue;
            }

            for (var second = 0; second < 128; second++)
            {
                var next = at;
                isPlain[first] &= leaf is null && !TryStep(ref next, (byte)second, out _);
            }
        }
    }

    public bool IsEmpty => trie.Length == 0;

    /// <summary>What the shortest known beginning of a UTF-8 text becomes, or null.</summary>
    public string? Shortest(ReadOnlySpan<byte> key)
    {
        var at = OffsetOf(trie[0]);
        foreach (var value in key)
        {
            if (!TryStep(ref at, value, out var leaf))
            {
                return null;
            }

            if (leaf is { } found)
            {
                return TextAt(found);
            }
        }
        return null;
    }

    /// <summary>Whether no rule changes the first character of a text, as far as can be told at once.</summary>
    public bool LeavesAlone(ReadOnlySpan<char> text) => text[0] < 128 && isPlain[text[0]] && (text.Length == 1 || text[1] < 128);

    /// <summary>What the longest known beginning of a text becomes, or null.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">Code units of that beginning.</param>
    public string? Longest(ReadOnlySpan<char> text, out int length)
    {
        length = 0;
        if (LeavesAlone(text))
        {
            return null;
        }

        uint? longest = null;
        var at = IsEmpty ? 0 : OffsetOf(trie[0]);
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0, step; i < text.Length && !IsEmpty; i += step)
        {
            var codePoint = CodePoints.At(text, i, out step);
            uint? leaf = null;
            foreach (var value in utf8[..CodePoints.ToRune(codePoint).EncodeToUtf8(utf8)])
            {
                if (!TryStep(ref at, value, out leaf))
                {
                    return longest is { } found ? TextAt(found) : null;
                }
            }
            if (leaf is not null)
            {
                (longest, length) = (leaf, i + step);
            }
        }
        return longest is { } last ? TextAt(last) : null;
    }

    private bool TryStep(ref uint at, byte value, out uint? leaf)
    {
        leaf = null;
        at ^= value;
        if (at >= trie.Length || (trie[at] & 0x8000_00FF) != value)
        {
            return false;
        }

        var unit = trie[at];
        at ^= OffsetOf(unit);
        if ((unit >> 8 & 1) == 1 && at < trie.Length)
        {
            leaf = trie[at] & 0x7FFF_FFFF;
        }

        return true;
    }

    private string? TextAt(uint at) => at >= texts.Length ? null : decoded.GetOrAdd(at, static (start, texts) =>
    {
        var rest = texts.AsSpan((int)start);
        var length = rest.IndexOf((byte)0) is >= 0 and var end ? end : rest.Length;
        return length <= LongestText
            ? System.Text.Encoding.UTF8.GetString(rest[..length])
            : throw new PlinthException($"The tokenizer's character map puts {length} bytes in the place of a character; {LongestText} are the most. Mend the file, or use another tokenizer.");
    }, texts);

    private static uint OffsetOf(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);
}
