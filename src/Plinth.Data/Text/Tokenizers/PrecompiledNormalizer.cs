using System.Globalization;

namespace Plinth.Data.Text;

/// <summary>
/// SentencePiece's table of replacements as <c>tokenizer.json</c> means it: a grapheme of up to five bytes is replaced as a whole
/// by what its shortest known beginning becomes.
/// </summary>
/// <param name="map">The table.</param>
internal sealed class PrecompiledNormalizer(CharacterMap map) : Normalizer
{
    private const int LongestGrapheme = 5;

    public override AlignedText Apply(AlignedText source)
    {
        if (map.IsEmpty)
        {
            return source;
        }

        var builder = new AlignedTextBuilder(source);
        var text = source.Text.AsSpan();
        Span<byte> utf8 = stackalloc byte[8];
        for (int i = 0, length; i < text.Length; i += length)
        {
            length = StringInfo.GetNextTextElementLength(text[i..]);
            var grapheme = text.Slice(i, length);
            if (length <= LongestGrapheme && System.Text.Encoding.UTF8.GetByteCount(grapheme) <= LongestGrapheme
                && map.Shortest(utf8[..System.Text.Encoding.UTF8.GetBytes(grapheme, utf8)]) is { } whole)
            {
                Replace(text, i, i + length, whole, builder);
            }
            else
            {
                RewriteParts(text, i, i + length, builder);
            }
        }
        return builder.Build();
    }

    private void RewriteParts(ReadOnlySpan<char> text, int start, int end, AlignedTextBuilder builder)
    {
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = start, length; i < end; i += length)
        {
            CodePoints.At(text[..end], i, out length);
            if (map.Shortest(utf8[..System.Text.Encoding.UTF8.GetBytes(text.Slice(i, length), utf8)]) is { } part)
            {
                Replace(text, i, i + length, part, builder);
            }
            else
            {
                builder.Copy(i, i + length);
            }
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
            {
                continue;
            }

            from += length;
            CodePoints.At(text[..end], from, out length);
        }
    }
}
