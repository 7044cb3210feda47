using System.Runtime.CompilerServices;
using Plinth.Core;
using Plinth.Data.Text;

[assembly: InternalsVisibleTo("Plinth.Tests")]

namespace Plinth.Tasks;

/// <summary>A token of a text with the probability of each class.</summary>
/// <param name="Word">Number of its word.</param>
/// <param name="Span">Its piece of the text.</param>
/// <param name="Scores">One probability per class.</param>
internal sealed record TaggedToken(int Word, TokenSpan Span, ArraySegment<float> Scores);

/// <summary>Joins tagged tokens to entities. Tags may be of the schemes IOB1, IOB2, BIOES and BILOU, or bare types.</summary>
internal sealed class EntityGroups(IReadOnlyList<string> labels, Aggregation aggregation)
{
    private const string Outside = "O";
    private readonly Tag[] tags = [.. labels.Select(Tag.Of)];

    // Without a class for "nothing" the classes say what each word is (parts of speech), and neighbours are no unit.
    private readonly bool joinsBareTypes = labels.Contains(Outside);

    public IReadOnlyList<Entity> Of(string text, IReadOnlyList<TaggedToken> tokens)
    {
        var pieces = tokens.Where(token => token.Span.Length > 0).ToList();
        var marked = aggregation is Aggregation.None or Aggregation.Simple
            ? pieces.Select(token => Marked([token]))
            : Words(pieces).Select(Marked);
        var groups = aggregation == Aggregation.None ? marked.Select(one => (List<Piece>)[one]) : Groups(marked);
        return [.. groups.Where(group => labels[group[0].Class] != Outside).Select(group => Entity(text, group)).OfType<Entity>()];
    }

    private static IEnumerable<List<TaggedToken>> Words(List<TaggedToken> tokens)
    {
        List<TaggedToken> word = [];
        foreach (var token in tokens)
        {
            if (word.Count > 0 && word[^1].Word != token.Word)
            {
                yield return word;
                word = [];
            }

            word.Add(token);
        }

        if (word.Count > 0)
        {
            yield return word;
        }
    }

    private Piece Marked(List<TaggedToken> tokens)
    {
        var scores = aggregation switch
        {
            Aggregation.Average => [.. Enumerable.Range(0, labels.Count).Select(c => tokens.Average(token => token.Scores[c]))],
            Aggregation.Max => tokens.MaxBy(token => token.Scores.Max())!.Scores,
            _ => (IReadOnlyList<float>)tokens[0].Scores,
        };
        var best = Enumerable.Range(0, labels.Count).MaxBy(c => scores[c]);
        return new(best, scores[best], tokens[0].Span.Start, tokens[^1].Span.End);
    }

    private IEnumerable<List<Piece>> Groups(IEnumerable<Piece> pieces)
    {
        List<Piece> group = [];
        foreach (var piece in pieces)
        {
            if (group.Count > 0 && !Continues(tags[group[^1].Class], tags[piece.Class]))
            {
                yield return group;
                group = [];
            }

            group.Add(piece);
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }

    private bool Continues(Tag before, Tag tag) =>
        before.Type == tag.Type && !tag.Begins && !before.Ends && (tag.HasPrefix || joinsBareTypes);

    private Entity? Entity(string text, List<Piece> group)
    {
        // Some tokenizers count the space before a word to it.
        var (start, end) = (group[0].Start, group[^1].End);
        while (start < end && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        while (end > start && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        var type = aggregation == Aggregation.None ? labels[group[0].Class] : tags[group[0].Class].Type;
        return end > start ? new(type, group.Average(piece => piece.Score), start, text[start..end]) : null;
    }

    private sealed record Piece(int Class, double Score, int Start, int End);

    private sealed record Tag(string Type, bool HasPrefix, bool Begins, bool Ends)
    {
        public static Tag Of(string label) => label is [var prefix and ('B' or 'I' or 'E' or 'S' or 'L' or 'U'), '-', _, ..]
            ? new(label[2..], true, prefix is 'B' or 'S' or 'U', prefix is 'E' or 'L' or 'S' or 'U')
            : new(label, false, false, false);
    }
}
