namespace Plinth.Data.Text.Preparation;

/// <summary>A piece of an evaluation set that was found in a text.</summary>
/// <param name="Set">Name of the set.</param>
/// <param name="Words">The words in common.</param>
internal sealed record EvaluationHit(string Set, string Words);

/// <summary>Finds runs of words of evaluation sets. It holds 8 bytes of each run, about 30 with the table.</summary>
/// <param name="runSize">Words in a run.</param>
/// <param name="minimumWords">Fewest words of a text that counts whole.</param>
internal sealed class EvaluationIndex(int runSize, int minimumWords)
{
    private readonly List<string> names = [];
    private readonly Dictionary<int, Dictionary<ulong, int>> bySize = [];

    /// <summary>Adds the texts of a set.</summary>
    public void Add(string name, IEnumerable<string> texts)
    {
        foreach (var words in texts.Select(WordTokens.Hashes).Where(words => words.Count >= minimumWords))
        {
            var size = Math.Min(runSize, words.Count);
            if (!bySize.TryGetValue(size, out var runs))
            {
                bySize[size] = runs = [];
            }

            for (var i = 0; i + size <= words.Count; i++)
            {
                runs.TryAdd(WordTokens.HashOf(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(words).Slice(i, size)), names.Count);
            }
        }

        names.Add(name);
    }

    /// <summary>The first run of a text that is one of a set; null when there is none.</summary>
    public EvaluationHit? Find(string text)
    {
        var words = WordTokens.Hashes(text).ToArray();
        foreach (var (size, runs) in bySize.OrderByDescending(entry => entry.Key))
        {
            for (var i = 0; i + size <= words.Length; i++)
            {
                if (runs.TryGetValue(WordTokens.HashOf(words.AsSpan(i, size)), out var set))
                {
                    return new(names[set], string.Join(' ', WordTokens.Words(text).Skip(i).Take(size)));
                }
            }
        }

        return null;
    }
}
