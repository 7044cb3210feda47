namespace Plinth.Data.Text.Preparation;

/// <summary>Runs of words of one text that occur more than once.</summary>
/// <param name="words">The hash of each word.</param>
/// <param name="lengths">The characters of each word.</param>
internal sealed class WordRuns(ulong[] words, int[] lengths)
{
    private readonly Dictionary<ulong, int> seen = new(words.Length);

    /// <summary>Characters in all occurrences of the most frequent run; 0 when none occurs twice.</summary>
    /// <param name="size">Words in a run.</param>
    public long TopCharacters(int size)
    {
        seen.Clear();
        var (most, top) = (1, -1);
        for (var i = 0; i + size <= words.Length; i++)
        {
            var hash = WordTokens.HashOf(words.AsSpan(i, size));
            var count = seen[hash] = seen.GetValueOrDefault(hash) + 1;
            if (count > most)
            {
                (most, top) = (count, i);
            }
        }

        return top < 0 ? 0 : (long)most * Characters(top, size);
    }

    /// <summary>Characters in runs that stood before, none counted twice.</summary>
    /// <param name="size">Words in a run.</param>
    public long DuplicateCharacters(int size)
    {
        seen.Clear();
        var characters = 0L;
        for (var i = 0; i + size <= words.Length;)
        {
            var isNew = seen.TryAdd(WordTokens.HashOf(words.AsSpan(i, size)), 0);
            characters += isNew ? 0 : Characters(i, size);
            i += isNew ? 1 : size;
        }

        return characters;
    }

    private int Characters(int start, int size)
    {
        var characters = 0;
        for (var i = start; i < start + size; i++)
        {
            characters += lengths[i];
        }

        return characters;
    }
}
