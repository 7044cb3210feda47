using Plinth.Core;

namespace Plinth.Data.Text.Batching;

/// <summary>The special tokens that a tokenizer puts around one text or two, taken apart, so that positions in a row can be computed.</summary>
public sealed class SpecialTemplate
{
    /// <param name="tokenizer">Whose template it is.</param>
    /// <param name="isPair">Whether there are two texts.</param>
    /// <exception cref="BadInputException">The template does not hold the texts in their order.</exception>
    public SpecialTemplate(Tokenizer tokenizer, bool isPair)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        // Two ordinary ids stand for the texts; what else comes back is the template.
        int[] markers = [.. Enumerable.Range(0, tokenizer.VocabularySize).Where(id => !tokenizer.SpecialIds.Contains(id)).Take(2)];
        if (markers.Length < 2)
        {
            throw new ArgumentException("The vocabulary has fewer than two ordinary tokens.", nameof(tokenizer));
        }

        var (ids, types) = tokenizer.AddSpecial([markers[0]], isPair ? [markers[1]] : null);
        var list = ids.ToList();
        var first = list.IndexOf(markers[0]);
        var second = isPair ? list.IndexOf(markers[1]) : first;
        if (first < 0 || second < first)
        {
            throw new BadInputException("The tokenizer's template leaves out a text or puts the second before the first. Mend the post_processor of its tokenizer.json.");
        }

        IsPair = isPair;
        Prefix = list[..first];
        Middle = isPair ? list[(first + 1)..second] : [];
        Suffix = list[(second + 1)..];
        FirstType = types[first];
        SecondType = types[second];
        TypesOfSpecial = [.. types.Where((_, i) => i != first && i != second)];
    }

    /// <summary>Whether there are two texts.</summary>
    public bool IsPair { get; }

    /// <summary>Ids before the first text.</summary>
    public IReadOnlyList<int> Prefix { get; }

    /// <summary>Ids between the texts.</summary>
    public IReadOnlyList<int> Middle { get; }

    /// <summary>Ids after the last text.</summary>
    public IReadOnlyList<int> Suffix { get; }

    /// <summary>Special tokens in all.</summary>
    public int Count => Prefix.Count + Middle.Count + Suffix.Count;

    /// <summary>Type id of the first text's tokens.</summary>
    public int FirstType { get; }

    /// <summary>Type id of the second text's tokens.</summary>
    public int SecondType { get; }

    private IReadOnlyList<int> TypesOfSpecial { get; }

    /// <summary>Column of the second text's first token in a row.</summary>
    /// <param name="firstLength">Tokens of the first text.</param>
    public int SecondColumn(int firstLength) => Prefix.Count + firstLength + Middle.Count;

    /// <summary>Lays out a row.</summary>
    /// <param name="first">Ids of the first text.</param>
    /// <param name="second">Ids of the second, when there are two.</param>
    /// <param name="startsWord">Whether a token begins a word, by text (0 or 1) and place in it; null when not known.</param>
    public TextRow Row(ReadOnlySpan<int> first, ReadOnlySpan<int> second = default, Func<int, int, bool>? startsWord = null)
    {
        var length = Count + first.Length + second.Length;
        var (ids, types) = (new int[length], new int[length]);
        var starts = startsWord is null ? null : new bool[length];
        starts?.AsSpan().Fill(true);
        var (column, special) = (0, 0);
        Put(Prefix);
        PutText(first, FirstType, 0);
        Put(Middle);
        PutText(second, SecondType, 1);
        Put(Suffix);
        return new(ids, types, starts);

        void Put(IReadOnlyList<int> tokens)
        {
            foreach (var id in tokens)
            {
                (ids[column], types[column]) = (id, TypesOfSpecial[special++]);
                column++;
            }
        }

        void PutText(ReadOnlySpan<int> text, int type, int which)
        {
            for (var i = 0; i < text.Length; i++, column++)
            {
                (ids[column], types[column]) = (text[i], type);
                if (starts is not null)
                {
                    starts[column] = startsWord!(which, i);
                }
            }
        }
    }
}
