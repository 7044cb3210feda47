using System.Text;

namespace Plinth.Data.Text;

/// <summary>Puts pieces together and makes every run of white space one blank, across pieces too.</summary>
internal sealed class RunningTextBuilder
{
    private readonly List<TextPiece> pieces = [];
    private readonly StringBuilder plain = new();
    private bool blankPending;

    /// <summary>Characters so far.</summary>
    public int Length { get; private set; }

    private bool IsEmpty => pieces.Count == 0 && plain.Length == 0;

    /// <summary>Adds plain words.</summary>
    public void Add(string words)
    {
        var before = plain.Length;
        foreach (var c in words)
        {
            if (char.IsWhiteSpace(c))
            {
                blankPending = true;
            }
            else if (!char.IsControl(c))
            {
                Blank();
                plain.Append(c);
            }
        }

        Length += plain.Length - before;
    }

    /// <summary>Adds a mention as a piece of its own.</summary>
    public void Add(string mention, MentionKind kind)
    {
        if (kind == MentionKind.None || mention.Length == 0)
        {
            Add(mention);
            return;
        }

        Blank();
        Flush();
        pieces.Add(new(mention, kind));
        Length += mention.Length;
    }

    /// <summary>Separates what comes from what was.</summary>
    public void Break() => blankPending = true;

    /// <summary>Adds a mark directly after what was.</summary>
    public void Attach(string mark)
    {
        if (!IsEmpty)
        {
            plain.Append(mark);
            Length += mark.Length;
            blankPending = true;
        }
    }

    /// <summary>The text so far; the builder is empty afterwards.</summary>
    public RunningText Take()
    {
        Flush();
        var taken = pieces.Count == 0 ? RunningText.Empty : new RunningText(pieces.ToArray());
        pieces.Clear();
        (blankPending, Length) = (false, 0);
        return taken;
    }

    private void Blank()
    {
        if (blankPending && !IsEmpty)
        {
            plain.Append(' ');
        }

        blankPending = false;
    }

    private void Flush()
    {
        if (plain.Length > 0)
        {
            pieces.Add(new(plain.ToString(), MentionKind.None));
            plain.Clear();
        }
    }
}
