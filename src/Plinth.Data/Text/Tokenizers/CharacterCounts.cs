namespace Plinth.Data.Text;

/// <summary>How often characters occur in counted words.</summary>
internal static class CharacterCounts
{
    /// <summary>The count of each character (code point).</summary>
    public static Dictionary<string, long> Of(IEnumerable<KeyValuePair<string, long>> words)
    {
        Dictionary<string, long> counts = new(StringComparer.Ordinal);
        foreach (var (word, count) in words)
        {
            foreach (var rune in word.EnumerateRunes())
            {
                var text = rune.ToString();
                counts[text] = counts.GetValueOrDefault(text) + count;
            }
        }

        return counts;
    }

    /// <summary>The most frequent characters; of equally frequent ones the first by ordinal.</summary>
    public static IEnumerable<string> MostFrequent(IEnumerable<KeyValuePair<string, long>> words, int limit) =>
        ByFrequency(Of(words)).Take(limit).Select(entry => entry.Key);

    /// <summary>The most frequent characters until together they are such a share of the text; of equally frequent ones the first by ordinal.</summary>
    /// <param name="words">Counted words.</param>
    /// <param name="share">The share, above 0 and at most 1.</param>
    /// <param name="limit">How many there are at most.</param>
    /// <param name="always">A character that is among them whatever the words hold.</param>
    public static IReadOnlyList<string> Covering(IEnumerable<KeyValuePair<string, long>> words, double share, int limit, string always)
    {
        var counts = Of(words);
        var (needed, covered) = (share * counts.Values.Sum(), counts.GetValueOrDefault(always));
        List<string> chosen = [always];
        foreach (var (character, count) in ByFrequency(counts).Where(entry => entry.Key != always))
        {
            if (covered >= needed || chosen.Count >= limit)
            {
                break;
            }

            chosen.Add(character);
            covered += count;
        }

        return chosen;
    }

    private static IOrderedEnumerable<KeyValuePair<string, long>> ByFrequency(Dictionary<string, long> counts) =>
        counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal);
}
