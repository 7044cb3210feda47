namespace Plinth.Tests.Recipes.Baselines;

/// <summary>Texts of 30 words that share most of them; a few come from the class.</summary>
internal static class SyntheticTexts
{
    public static List<(string Text, int Label)> Make(int count, int classCount, int seed, int telling = 3, int vocabulary = 5000)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var label = random.Next(classCount);
            var words = Enumerable.Range(0, 30).Select(i => i < telling
                ? $"topic{label}x{random.Next(20)}"
                // Frequencies as in language: most words are rare.
                : $"word{(int)Math.Exp(random.NextDouble() * Math.Log(vocabulary))}").ToArray();
            random.Shuffle(words);
            return (string.Join(' ', words), label);
        })];
    }
}
