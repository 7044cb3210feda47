using System.Text;

namespace Plinth.Data.Text;

/// <summary>Text between two borders of block elements.</summary>
/// <param name="Text">The text, never blank.</param>
/// <param name="WordCount">Its words.</param>
/// <param name="LinkedWordCount">Those of them that stand in links.</param>
/// <param name="ContinuesRow">Whether it is a cell that follows another of the same row.</param>
internal readonly record struct HtmlBlock(string Text, int WordCount, int LinkedWordCount, bool ContinuesRow)
{
    /// <summary>Share of the words that stand in links, 0 to 1.</summary>
    public double LinkDensity => WordCount == 0 ? 0 : Math.Min(1, (double)LinkedWordCount / WordCount);
}

/// <summary>A block under construction.</summary>
internal sealed class HtmlBlockBuilder
{
    private readonly StringBuilder text = new(), linked = new();

    public void Add(string piece, bool isLinked, bool keepsSpace)
    {
        Append(text, piece, keepsSpace);
        // Links that touch are still two words.
        Append(linked, isLinked ? piece : " ", keepsSpace: false);
    }

    public void LineBreak()
    {
        while (text.Length > 0 && text[^1] == ' ')
        {
            text.Length--;
        }

        if (text.Length > 0 && text[^1] != '\n')
        {
            text.Append('\n');
        }
    }

    /// <summary>The block so far, and begins another; null when it is blank.</summary>
    public HtmlBlock? Take(bool continuesRow)
    {
        var whole = text.ToString().Trim('\n', ' ');
        HtmlBlock? block = string.IsNullOrWhiteSpace(whole) ? null : new(whole, WordCount.Of(whole), WordCount.Of(linked.ToString()), continuesRow);
        text.Clear();
        linked.Clear();
        return block;
    }

    private static void Append(StringBuilder target, string piece, bool keepsSpace)
    {
        foreach (var letter in piece)
        {
            // Byte order marks stand wherever files were joined.
            if (letter is '\r' or '\0' or '\uFEFF')
            {
                continue;
            }

            if (keepsSpace || !char.IsWhiteSpace(letter))
            {
                target.Append(letter);
            }
            else if (target.Length > 0 && target[^1] is not (' ' or '\n'))
            {
                target.Append(' ');
            }
        }
    }
}
