namespace Plinth.Data.Text;

/// <summary>A step that rewrites text before it is cut into words.</summary>
internal abstract class Normalizer
{
    public abstract AlignedText Apply(AlignedText source);

    /// <summary>The normal form of a short text, such as the content of an added token.</summary>
    public string Apply(string text) => Apply(new AlignedText(text, 0, isTracked: false)).Text;
}

/// <summary>Steps one after the other.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<Normalizer> steps) : Normalizer
{
    public override AlignedText Apply(AlignedText source)
    {
        foreach (var step in steps)
        {
            source = step.Apply(source);
        }

        return source;
    }
}

/// <summary>Rewrites each code point for itself.</summary>
internal abstract class CodePointNormalizer : Normalizer
{
    public override AlignedText Apply(AlignedText source)
    {
        var text = source.Text;
        var builder = new AlignedTextBuilder(source);
        for (int i = 0, length; i < text.Length; i += length)
        {
            Rewrite(CodePoints.At(text, i, out length), i, i + length, builder);
        }

        return builder.Build();
    }

    protected abstract void Rewrite(int codePoint, int start, int end, AlignedTextBuilder builder);

    protected static void AppendLower(int codePoint, int start, int end, AlignedTextBuilder builder)
    {
        builder.Append(CodePoints.ToLower(codePoint), start, end);
        if (codePoint == CodePoints.DottedCapitalI)
        {
            builder.Append(CodePoints.DotAbove, start, end);
        }
    }
}

/// <summary>Lower case, code point for code point.</summary>
internal sealed class LowercaseNormalizer : CodePointNormalizer
{
    protected override void Rewrite(int codePoint, int start, int end, AlignedTextBuilder builder) =>
        AppendLower(codePoint, start, end, builder);
}

/// <summary>Drops combining marks; it comes after a decomposition.</summary>
internal sealed class StripAccentsNormalizer : CodePointNormalizer
{
    protected override void Rewrite(int codePoint, int start, int end, AlignedTextBuilder builder)
    {
        if (!CodePoints.IsMark(codePoint))
        {
            builder.Append(codePoint, start, end);
        }
    }
}

/// <summary>Writes text in the alphabet of bytes.</summary>
internal sealed class ByteLevelNormalizer : CodePointNormalizer
{
    protected override void Rewrite(int codePoint, int start, int end, AlignedTextBuilder builder)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var value in utf8[..CodePoints.ToRune(codePoint).EncodeToUtf8(utf8)])
        {
            builder.Append(ByteLevel.Characters[value], start, end);
        }
    }
}

/// <summary>The clean-up of the Nmt rule set: drops control codes, and makes odd white space plain.</summary>
internal sealed class NmtNormalizer : CodePointNormalizer
{
    protected override void Rewrite(int codePoint, int start, int end, AlignedTextBuilder builder)
    {
        if (codePoint is (>= 1 and <= 8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or 0x8F or 0x9F)
        {
            return;
        }

        var isSpace = codePoint is 9 or 0xA or 0xC or 0xD or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD;
        builder.Append(isSpace ? ' ' : codePoint, start, end);
    }
}

/// <summary>BERT's clean-up (Devlin et al. 2018, arXiv:1810.04805): control codes go, Chinese characters stand alone, accents and case may go.</summary>
internal sealed class BertNormalizer(bool cleanText, bool splitChinese, bool stripAccents, bool lowercase) : CodePointNormalizer
{
    protected override void Rewrite(int codePoint, int start, int end, AlignedTextBuilder builder)
    {
        if (codePoint < 128)
        {
            RewriteAscii(codePoint, start, end, builder);
            return;
        }
        if (cleanText)
        {
            if (codePoint == 0xFFFD || CodePoints.IsControl(codePoint))
            {
                return;
            }

            if (CodePoints.IsWhiteSpace(codePoint))
            {
                codePoint = ' ';
            }
        }
        var standsAlone = splitChinese && CodePoints.IsChinese(codePoint);
        if (standsAlone)
        {
            builder.Append(' ', start, end);
        }

        if (stripAccents)
        {
            AppendBare(codePoint, start, end, builder);
        }
        else
        {
            AppendCased(codePoint, start, end, builder);
        }

        if (standsAlone)
        {
            builder.Append(' ', start, end);
        }
    }

    private void RewriteAscii(int codePoint, int start, int end, AlignedTextBuilder builder)
    {
        if (cleanText)
        {
            if (CodePoints.IsControl(codePoint))
            {
                return;
            }

            if (codePoint < ' ')
            {
                codePoint = ' ';
            }
        }
        builder.Append((char)(lowercase ? CodePoints.ToLower(codePoint) : codePoint), start, end);
    }

    private void AppendBare(int codePoint, int start, int end, AlignedTextBuilder builder)
    {
        List<int> parts = [];
        UnicodeData.Shared.Decompose(codePoint, isCompatible: false, parts);
        foreach (var part in parts)
        {
            if (part < 128 || CodePoints.CategoryOf(part) != System.Globalization.UnicodeCategory.NonSpacingMark)
            {
                AppendCased(part, start, end, builder);
            }
        }
    }

    private void AppendCased(int codePoint, int start, int end, AlignedTextBuilder builder)
    {
        if (lowercase)
        {
            AppendLower(codePoint, start, end, builder);
        }
        else
        {
            builder.Append(codePoint, start, end);
        }
    }
}

/// <summary>Drops white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override AlignedText Apply(AlignedText source)
    {
        var (start, end) = (0, source.Text.Length);
        while (left && start < end && char.IsWhiteSpace(source.Text[start]))
        {
            start++;
        }

        while (right && end > start && char.IsWhiteSpace(source.Text[end - 1]))
        {
            end--;
        }

        if (start == 0 && end == source.Text.Length)
        {
            return source;
        }

        var builder = new AlignedTextBuilder(source);
        builder.Copy(start, end);
        return builder.Build();
    }
}

/// <summary>Puts a text before every text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override AlignedText Apply(AlignedText source)
    {
        if (source.Text.Length == 0)
        {
            return source;
        }

        var builder = new AlignedTextBuilder(source);
        CodePoints.At(source.Text, 0, out var length);
        builder.Append(prefix, 0, length);
        builder.Copy(0, source.Text.Length);
        return builder.Build();
    }
}

/// <summary>Puts one text in the place of all matches.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : Normalizer
{
    public override AlignedText Apply(AlignedText source)
    {
        var matches = pattern.Matches(source.Text, 0, source.Text.Length);
        if (matches.Count == 0)
        {
            return source;
        }

        var builder = new AlignedTextBuilder(source);
        var from = 0;
        foreach (var (start, end) in matches)
        {
            builder.Copy(from, start);
            // What is put in stands for the last character of what it replaces.
            var last = end > start + 1 && char.IsLowSurrogate(source.Text[end - 1]) ? end - 2 : Math.Max(0, end - 1);
            builder.Append(content, last, Math.Max(end, Math.Min(1, source.Text.Length)));
            from = end;
        }
        builder.Copy(from, source.Text.Length);
        return builder.Build();
    }
}
