using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>A text on its way through normalisation, with the place in the original text that each of its code units came from.</summary>
internal sealed class AlignedText
{
    private readonly int[]? starts, ends;

    /// <param name="text">A piece of the original text.</param>
    /// <param name="origin">Where the piece begins in the original.</param>
    /// <param name="isTracked">Whether places are wanted at all; ids alone do not need them.</param>
    public AlignedText(string text, int origin, bool isTracked)
    {
        Text = text;
        Origin = origin;
        IsTracked = isTracked;
        Limit = Math.Min(Array.MaxLength, 65_536 + 64L * text.Length);
    }

    internal AlignedText(string text, AlignedText source, int[]? starts, int[]? ends, int? origin = null)
    {
        Text = text;
        Origin = origin ?? source.Origin;
        IsTracked = source.IsTracked;
        Limit = source.Limit;
        this.starts = starts;
        this.ends = ends;
    }

    public string Text { get; }

    public int Origin { get; }

    public bool IsTracked { get; }

    /// <summary>The longest text that may be made of the original: no real normaliser comes near it, a harmful chain of them would.</summary>
    public long Limit { get; }

    /// <summary>The original code unit where the unit at an index begins.</summary>
    public int StartOf(int index) => starts is null ? Origin + index : starts[index];

    /// <summary>The original code unit after the unit at an index.</summary>
    public int EndOf(int index) => ends is null ? Origin + index + 1 : ends[index];

    /// <summary>A range as a text of its own.</summary>
    public AlignedText Slice(int start, int end) => new(Text[start..end], this, starts?[start..end], ends?[start..end], IsTracked ? StartOf(start) : Origin + start);

    /// <summary>The original piece behind a range.</summary>
    public TokenSpan SpanOf(int start, int end) => start < end ? new(StartOf(start), EndOf(end - 1)) : new(Origin, Origin);
}

/// <summary>Writes the text that a normalisation step makes of another.</summary>
internal sealed class AlignedTextBuilder
{
    private readonly AlignedText source;
    private char[] units;
    private int[]? starts, ends;
    private int count;

    public AlignedTextBuilder(AlignedText source)
    {
        this.source = source;
        units = new char[source.Text.Length + 16];
        if (source.IsTracked)
        {
            starts = new int[units.Length];
            ends = new int[units.Length];
        }
    }

    public int Count => count;

    /// <summary>Adds one unit that stands for a range of the source.</summary>
    public void Append(char unit, int start, int end)
    {
        if (count == units.Length)
        {
            Grow();
        }

        units[count] = unit;
        if (starts is not null && start < end)
        {
            starts[count] = source.StartOf(start);
            ends![count] = source.EndOf(end - 1);
        }
        count++;
    }

    /// <summary>Adds a text that stands as a whole for a range of the source.</summary>
    public void Append(ReadOnlySpan<char> text, int start, int end)
    {
        foreach (var unit in text)
        {
            Append(unit, start, end);
        }
    }

    /// <summary>Adds a code point that stands for a range of the source.</summary>
    public void Append(int codePoint, int start, int end)
    {
        if (codePoint < 0x10000)
        {
            Append((char)codePoint, start, end);
            return;
        }
        Append((char)(0xD800 + ((codePoint - 0x10000) >> 10)), start, end);
        Append((char)(0xDC00 + ((codePoint - 0x10000) & 0x3FF)), start, end);
    }

    /// <summary>Adds one unit that stands for nothing, between the source's units.</summary>
    public void Insert(char unit, int at)
    {
        Append(unit, at, at);
        if (starts is not null)
        {
            starts[count - 1] = ends![count - 1] = at < source.Text.Length ? source.StartOf(at) : at > 0 ? source.EndOf(at - 1) : source.Origin;
        }
    }

    /// <summary>Takes a unit away as often as it stands at the end.</summary>
    public void TrimEnd(char unit)
    {
        while (count > 0 && units[count - 1] == unit)
        {
            count--;
        }
    }

    /// <summary>Adds a range of the source as it is.</summary>
    public void Copy(int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            CopyUnit(i);
        }
    }

    public AlignedText Build() => new(new string(units, 0, count), source, starts, ends);

    private void CopyUnit(int index)
    {
        // In an untouched source a unit is its own place; in a pair of surrogates that stays true of the pair.
        if (count == units.Length)
        {
            Grow();
        }

        units[count] = source.Text[index];
        if (starts is not null)
        {
            starts[count] = source.StartOf(index);
            ends![count] = source.EndOf(index);
        }
        count++;
    }

    private void Grow()
    {
        if (units.Length >= source.Limit)
        {
            throw new PlinthException($"The tokenizer's normaliser makes more than {source.Limit} characters of one text. Mend its replacements, or use another tokenizer.");
        }

        Array.Resize(ref units, (int)Math.Min(units.Length * 2L, Math.Max(source.Limit, units.Length + 16L)));
        if (starts is null)
        {
            return;
        }

        Array.Resize(ref starts, units.Length);
        Array.Resize(ref ends, units.Length);
    }
}
