using Plinth.Data.Text.Batching;

namespace Plinth.Tests.Data.Batching;

/// <summary>Corpora whose tokens tell where they come from.</summary>
internal static class Corpora
{
    /// <summary>The ids 10, 11, 12 ... in documents of 1 to 29 tokens; each id stands once.</summary>
    public static TokenStore Numbered(int documents = 20)
    {
        var next = 10;
        return TokenStore.FromIds([.. Enumerable.Range(0, documents).Select(d => (int[])[.. Enumerable.Range(0, d * 7 % 29 + 1).Select(_ => next++)])]);
    }

    /// <summary>Documents of 2 to 9 sentences of 2 to 6 words; all words of document d are <c>w(d)</c>.</summary>
    public static TokenStore Sentences(int documents = 40)
    {
        var random = new Random(3);
        var texts = Enumerable.Range(0, documents).Select(d => string.Join('.', Enumerable.Range(0, random.Next(2, 10))
            .Select(_ => string.Join(' ', Enumerable.Repeat($"w{d}", random.Next(2, 7))))));
        return TokenStore.Encode(texts, WordTokenizer.OfWords(400), new() { Segments = text => text.Split('.'), KeepWordStarts = true });
    }
}
