using System.Buffers.Binary;
using System.Globalization;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>
/// SentencePiece's table of replacements (Kudo &amp; Richardson 2018, arXiv:1808.06226): a double-array trie of UTF-8 texts, and the texts
/// to put in their place. As the reference does, a grapheme of up to five bytes is replaced as a whole by what its shortest known beginning becomes.
/// </summary>
internal sealed class PrecompiledNormalizer : Normalizer
{
    private const int LongestGrapheme = 5;

    private readonly uint[] trie;
    private readonly byte[] texts;

    /// <param name="table">Four bytes with the trie's size in bytes, the trie, then texts that end in zero.</param>
    /// <param name="where">The file, for messages.</param>
    public PrecompiledNormalizer(ReadOnlySpan<byte> table, string where)
    {
        if (table.IsEmpty)
        {
            (trie, texts) = ([], []);
            return;
        }
        if (table.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(table) is var size && (size % 4 != 0 || size > table.Length - 4))
            throw new BadInputException($"{where}: the table 'precompiled_charsmap' is cut off or damaged.");
        trie = new uint[size / 4];
        for (var i = 0; i < trie.Length; i++)
            trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(table[(4 + 4 * i)..]);
        texts = table[(4 + (int)size)..].ToArray();
    }

    public override AlignedText Apply(AlignedText source)
    {
        if (trie.Length == 0)
            return source;
        var builder = new AlignedTextBuilder(source);
        var text = source.Text.AsSpan();
        Span<byte> utf8 = stackalloc byte[8];
        for (int i = 0, length; i < text.Length; i += length)
        {
            length = StringInfo.GetNextTextElementLength(text[i..]);
            var grapheme = text.Slice(i, length);
            if (length <= LongestGrapheme && System.Text.Encoding.UTF8.GetByteCount(grapheme) <= LongestGrapheme
                && Find(utf8[..System.Text.Encoding.UTF8.GetBytes(grapheme, utf8)]) is { } whole)
                Replace(text, i, i + length, whole, builder);
            else
                RewriteParts(text, i, i + length, builder);
        }
        return builder.Build();
    }

    private void RewriteParts(ReadOnlySpan<char> text, int start, int end, AlignedTextBuilder builder)
    {
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = start, length; i < end; i += length)
        {
            CodePoints.At(text[..end], i, out length);
            if (Find(utf8[..System.Text.Encoding.UTF8.GetBytes(text.Slice(i, length), utf8)]) is { } part)
                Replace(text, i, i + length, part, builder);
            else
                builder.Copy(i, i + length);
        }
    }

    /// <summary>Each new character stands for the old one in its place; those beyond, for the last.</summary>
    private static void Replace(ReadOnlySpan<char> text, int start, int end, string replacement, AlignedTextBuilder builder)
    {
        var (from, length) = (start, 0);
        CodePoints.At(text[..end], from, out length);
        for (int i = 0, step; i < replacement.Length; i += step)
        {
            builder.Append(CodePoints.At(replacement, i, out step), from, from + length);
            if (from + length >= end)
                continue;
            from += length;
            CodePoints.At(text[..end], from, out length);
        }
    }

    /// <summary>What the shortest known beginning of a text becomes.</summary>
    private string? Find(ReadOnlySpan<byte> key)
    {
        var at = OffsetOf(trie[0]);
        foreach (var value in key)
        {
            at ^= value;
            if (at >= trie.Length || (trie[at] & 0x8000_00FF) != value)
                return null;
            var unit = trie[at];
            at ^= OffsetOf(unit);
            if ((unit >> 8 & 1) == 1)
                return at < trie.Length ? TextAt(trie[at] & 0x7FFF_FFFF) : null;
        }
        return null;
    }

    private string? TextAt(uint at)
    {
        if (at >= texts.Length)
            return null;
        var rest = texts.AsSpan((int)at);
        var length = rest.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(length < 0 ? rest : rest[..length]);
    }

    private static uint OffsetOf(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);
}
