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
        Of(words).OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Take(limit).Select(entry => entry.Key);
}
