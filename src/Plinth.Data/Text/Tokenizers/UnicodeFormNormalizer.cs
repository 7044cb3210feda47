namespace Plinth.Data.Text;

/// <summary>Brings text into a Unicode normal form: NFC, NFD, NFKC or NFKD (Unicode Annex 15).</summary>
internal sealed class UnicodeFormNormalizer(bool isCompatible, bool composes) : Normalizer
{
    public override AlignedText Apply(AlignedText source)
    {
        // Below these bounds every text is in the form already.
        var stable = composes && !isCompatible ? '\u0300' : '\u0080';
        if (source.Text.AsSpan().IndexOfAnyExceptInRange('\0', (char)(stable - 1)) < 0)
        {
            return source;
        }

        var data = UnicodeData.Shared;
        var parts = Decompose(source.Text, data);
        if (composes)
        {
            Compose(parts, data);
        }

        var builder = new AlignedTextBuilder(source);
        foreach (var part in parts)
        {
            if (part.CodePoint >= 0)
            {
                builder.Append(part.CodePoint, part.Start, part.End);
            }
        }
        return builder.Build();
    }

    private Part[] Decompose(string text, UnicodeData data)
    {
        List<Part> parts = new(text.Length + 16);
        List<int> pieces = [];
        for (int i = 0, length; i < text.Length; i += length)
        {
            pieces.Clear();
            data.Decompose(CodePoints.At(text, i, out length), isCompatible, pieces);
            foreach (var piece in pieces)
            {
                parts.Add(new(piece, data.ClassOf(piece), i, i + length));
            }
        }
        var array = parts.ToArray();
        for (var i = 0; i < array.Length; i++)
        {
            var start = i;
            while (i < array.Length && array[i].Class != 0)
            {
                i++;
            }

            if (i - start > 1)
            {
                Order(array, start, i);
            }
        }
        return array;
    }

    private static void Order(Part[] parts, int start, int end)
    {
        var ordered = parts[start..end].OrderBy(part => part.Class).ToArray(); // OrderBy is stable
        ordered.CopyTo(parts, start);
    }

    private static void Compose(Part[] parts, UnicodeData data)
    {
        var (starter, lastClass) = (-1, -1);
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i];
            if (starter >= 0 && lastClass < part.Class
                && data.Compose(parts[starter].CodePoint, part.CodePoint) is >= 0 and var whole)
            {
                parts[starter] = parts[starter] with { CodePoint = whole };
                parts[i] = part with { CodePoint = -1 };
                continue;
            }
            if (part.Class == 0)
            {
                (starter, lastClass) = (i, -1);
            }
            else
            {
                lastClass = part.Class;
            }
        }
    }

    private readonly record struct Part(int CodePoint, byte Class, int Start, int End);
}
