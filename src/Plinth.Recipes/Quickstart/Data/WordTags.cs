using Plinth.Data.Text;

namespace Plinth.Recipes.Quickstart;

/// <summary>A sentence as words.</summary>
/// <param name="Words">Runs of letters, digits and underscores; every other mark is a word of its own.</param>
/// <param name="Tags">Number of each word's tag.</param>
internal sealed record TaggedSentence(IReadOnlyList<string> Words, IReadOnlyList<int> Tags);

/// <summary>Makes tagged words of running text.</summary>
internal static class WordTags
{
    /// <summary>Name of each tag, by number.</summary>
    public static readonly string[] Names = ["O", "B-TYPE", "I-TYPE", "B-PARAM", "I-PARAM"];

    /// <summary>A word belongs to the mention that it overlaps, as in the plural <c>Strings</c>. A sentence ends at a full stop that a blank follows.</summary>
    public static IEnumerable<TaggedSentence> Sentences(RunningText running)
    {
        var text = running.Text;
        var mentions = running.Mentions.Where(m => m.Kind is MentionKind.Type or MentionKind.Parameter).ToArray();
        List<string> words = [];
        List<int> tags = [];
        var next = 0;
        var begun = -1;
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            var end = Words.End(text, i);
            while (next < mentions.Length && mentions[next].End <= i)
            {
                next++;
            }

            var inside = next < mentions.Length && mentions[next].Start < end;
            words.Add(text[i..end]);
            tags.Add(inside ? Tag(mentions[next].Kind, begun == next) : 0);
            begun = inside ? next : begun;
            if (!inside && text[i] == '.' && (end == text.Length || char.IsWhiteSpace(text[end])))
            {
                yield return new(words, tags);
                (words, tags) = ([], []);
            }

            i = end;
        }

        if (words.Count > 0)
        {
            yield return new(words, tags);
        }
    }

    private static int Tag(MentionKind kind, bool goesOn) => (kind == MentionKind.Type ? 1 : 3) + (goesOn ? 1 : 0);
}
