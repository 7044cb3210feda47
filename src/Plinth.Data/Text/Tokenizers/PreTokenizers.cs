namespace Plinth.Data.Text;

/// <summary>A normalised text and the ranges of it that are words so far.</summary>
internal sealed class Pieces(AlignedText text)
{
    public AlignedText Text { get; set; } = text;

    public List<(int Start, int End)> Ranges { get; set; } = text.Text.Length == 0 ? [] : [(0, text.Text.Length)];
}

/// <summary>A step that cuts text into words, which the model then cuts into tokens.</summary>
internal abstract class PreTokenizer
{
    public abstract void Apply(Pieces pieces);

    /// <summary>Replaces each range by the ranges that a cut makes of it.</summary>
    protected static void Cut(Pieces pieces, Action<string, int, int, List<(int Start, int End)>> cut)
    {
        List<(int, int)> ranges = [];
        foreach (var (start, end) in pieces.Ranges)
        {
            cut(pieces.Text.Text, start, end, ranges);
        }

        pieces.Ranges = ranges;
    }

    /// <summary>Rewrites each piece into a new text.</summary>
    protected static void Rewrite(Pieces pieces, Action<AlignedText, int, int, AlignedTextBuilder> rewrite)
    {
        var builder = new AlignedTextBuilder(pieces.Text);
        List<(int, int)> ranges = new(pieces.Ranges.Count);
        foreach (var (start, end) in pieces.Ranges)
        {
            var from = builder.Count;
            rewrite(pieces.Text, start, end, builder);
            if (builder.Count > from)
            {
                ranges.Add((from, builder.Count));
            }
        }
        pieces.Text = builder.Build();
        pieces.Ranges = ranges;
    }

    /// <summary>Puts a character before every piece that does not begin with it.</summary>
    protected static void Prefix(Pieces pieces, char prefix, Func<AlignedText, int, bool> applies) => Rewrite(pieces, (text, start, end, builder) =>
    {
        if (text.Text[start] != prefix && applies(text, start))
        {
            CodePoints.At(text.Text.AsSpan(0, end), start, out var length);
            builder.Append(prefix, start, start + length);
        }
        builder.Copy(start, end);
    });
}

/// <summary>Steps one after the other.</summary>
internal sealed class PreTokenizerSequence(IReadOnlyList<PreTokenizer> steps) : PreTokenizer
{
    public override void Apply(Pieces pieces)
    {
        foreach (var step in steps)
        {
            step.Apply(pieces);
        }
    }
}

/// <summary>What becomes of the text that a pattern matches.</summary>
internal enum SplitBehavior { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous }

/// <summary>Cuts where a matcher says.</summary>
internal sealed class SplitPreTokenizer(Func<string, int, int, List<(int Start, int End)>> matches, SplitBehavior behavior, bool inverts) : PreTokenizer
{
    public override void Apply(Pieces pieces) => Cut(pieces, (text, start, end, ranges) =>
    {
        List<(int Start, int End, bool IsMatch)> parts = [];
        var from = start;
        foreach (var (matchStart, matchEnd) in matches(text, start, end))
        {
            if (from < matchStart)
            {
                parts.Add((from, matchStart, inverts));
            }

            parts.Add((matchStart, matchEnd, !inverts));
            from = matchEnd;
        }
        if (from < end)
        {
            parts.Add((from, end, inverts));
        }

        Arrange(parts, ranges);
    });

    private void Arrange(List<(int Start, int End, bool IsMatch)> parts, List<(int Start, int End)> ranges)
    {
        var first = ranges.Count;
        if (behavior == SplitBehavior.MergedWithNext)
        {
            var wasMatch = false;
            for (var i = parts.Count - 1; i >= 0; i--)
            {
                if (parts[i].IsMatch && !wasMatch && ranges.Count > first)
                {
                    ranges[^1] = (parts[i].Start, ranges[^1].End);
                }
                else
                {
                    ranges.Add((parts[i].Start, parts[i].End));
                }

                wasMatch = parts[i].IsMatch;
            }
            ranges.Reverse(first, ranges.Count - first);
        }
        else
        {
            var wasMatch = false;
            foreach (var (start, end, isMatch) in parts)
            {
                var joins = ranges.Count > first && behavior switch
                {
                    SplitBehavior.MergedWithPrevious => isMatch && !wasMatch,
                    SplitBehavior.Contiguous => isMatch == wasMatch,
                    _ => false,
                };
                if (joins)
                {
                    ranges[^1] = (ranges[^1].Start, end);
                }
                else if (!isMatch || behavior != SplitBehavior.Removed)
                {
                    ranges.Add((start, end));
                }

                wasMatch = isMatch;
            }
        }
        for (var i = ranges.Count - 1; i >= first; i--)
        {
            if (ranges[i].Start == ranges[i].End)
            {
                ranges.RemoveAt(i);
            }
        }
    }

    /// <summary>Runs of code points of one kind, each code point for itself unless runs are wanted.</summary>
    public static Func<string, int, int, List<(int Start, int End)>> Matching(Func<int, bool> predicate, bool runs = false) => (text, start, end) =>
    {
        List<(int Start, int End)> found = [];
        for (int i = start, length; i < end; i += length)
        {
            if (!predicate(CodePoints.At(text.AsSpan(0, end), i, out length)))
            {
                continue;
            }

            if (runs && found.Count > 0 && found[^1].End == i)
            {
                found[^1] = (found[^1].Start, i + length);
            }
            else
            {
                found.Add((i, i + length));
            }
        }
        return found;
    };
}

/// <summary>Pieces of so many characters each.</summary>
internal sealed class FixedLengthPreTokenizer(int size) : PreTokenizer
{
    public override void Apply(Pieces pieces) => Cut(pieces, (text, start, end, ranges) =>
    {
        var (from, count) = (start, 0);
        for (int at = start, length; at < end; at += length)
        {
            CodePoints.At(text.AsSpan(0, end), at, out length);
            if (count++ < size)
            {
                continue;
            }

            ranges.Add((from, at));
            (from, count) = (at, 1);
        }
        if (from < end)
        {
            ranges.Add((from, end));
        }
    });
}

/// <summary>BERT's words: white space divides and goes, each punctuation sign stands alone.</summary>
internal sealed class BertPreTokenizer : PreTokenizer
{
    public override void Apply(Pieces pieces) => Cut(pieces, static (text, start, end, ranges) =>
    {
        var from = start;
        for (int i = start, length; i < end; i += length)
        {
            var codePoint = CodePoints.At(text.AsSpan(0, end), i, out length);
            var isPunctuation = CodePoints.IsPunctuation(codePoint);
            if (!isPunctuation && !CodePoints.IsWhiteSpace(codePoint))
            {
                continue;
            }

            if (from < i)
            {
                ranges.Add((from, i));
            }

            if (isPunctuation)
            {
                ranges.Add((i, i + length));
            }

            from = i + length;
        }
        if (from < end)
        {
            ranges.Add((from, end));
        }
    });
}

/// <summary>Runs of word characters and runs of other signs; white space goes.</summary>
internal sealed class WhitespacePreTokenizer : PreTokenizer
{
    public override void Apply(Pieces pieces) => Cut(pieces, static (text, start, end, ranges) =>
    {
        var (from, kind) = (start, 0);
        for (int i = start, length; i < end; i += length)
        {
            var codePoint = CodePoints.At(text.AsSpan(0, end), i, out length);
            var now = CodePoints.IsWhiteSpace(codePoint) ? 0 : CodePoints.IsWord(codePoint) ? 1 : 2;
            if (now == kind)
            {
                continue;
            }

            if (kind != 0)
            {
                ranges.Add((from, i));
            }

            (from, kind) = (i, now);
        }
        if (kind != 0)
        {
            ranges.Add((from, end));
        }
    });
}

/// <summary>When a piece gets the sign of a word's beginning.</summary>
internal enum PrependScheme { Always, First, Never }

/// <summary>Spaces become a visible sign, and words begin at it (Kudo &amp; Richardson 2018, arXiv:1808.06226).</summary>
internal sealed class MetaspacePreTokenizer(char replacement, PrependScheme scheme, bool splits) : PreTokenizer
{
    public override void Apply(Pieces pieces)
    {
        Rewrite(pieces, (text, start, end, builder) =>
        {
            for (var i = start; i < end; i++)
            {
                if (text.Text[i] == ' ')
                {
                    builder.Append(replacement, i, i + 1);
                }
                else
                {
                    builder.Copy(i, i + 1);
                }
            }
        });
        if (scheme != PrependScheme.Never)
        {
            Prefix(pieces, replacement, (text, start) => scheme == PrependScheme.Always || (text.Origin == 0 && start == 0));
        }

        if (splits)
        {
            Cut(pieces, (text, start, end, ranges) =>
            {
                var from = start;
                for (var i = start + 1; i < end; i++)
                {
                    if (text[i] != replacement)
                    {
                        continue;
                    }

                    ranges.Add((from, i));
                    from = i;
                }
                ranges.Add((from, end));
            });
        }
    }
}
