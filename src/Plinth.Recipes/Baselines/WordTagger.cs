namespace Plinth.Recipes.Baselines;

/// <summary>
/// The classical tagger: logistic regression for each word on its spelling and its neighbours, after the local features of
/// Ratnaparkhi 1996 (a maximum entropy part-of-speech tagger), without those of earlier tags.
/// </summary>
public sealed class WordTagger
{
    private const int SentencesToSearch = 100;

    private readonly FeatureIndex index;
    private MaximumEntropy? model;

    private WordTagger(FeatureIndex index) => this.index = index;

    /// <summary>Fits the tagger.</summary>
    /// <param name="sentences">Words with one tag each, 0 to <paramref name="tagCount"/> - 1.</param>
    /// <param name="tagCount">Number of tags.</param>
    /// <param name="seed">Of the split that chooses the penalty.</param>
    public static WordTagger Train(IReadOnlyList<(IReadOnlyList<string> Words, IReadOnlyList<int> Tags)> sentences, int tagCount, int seed)
    {
        if (sentences.All(sentence => sentence.Words.Count == 0))
        {
            throw new ArgumentException("There is no word to learn from.", nameof(sentences));
        }
        if (sentences.Any(sentence => sentence.Words.Count != sentence.Tags.Count || sentence.Tags.Any(tag => tag < 0 || tag >= tagCount)))
        {
            throw new ArgumentException($"Each word needs one tag of 0 to {tagCount - 1}.", nameof(sentences));
        }
        var wordCount = sentences.Sum(sentence => sentence.Words.Count);
        var tagger = new WordTagger(new(
            sentences.SelectMany(sentence => sentence.Words.Select((_, i) => Features(sentence.Words, i))), minimum: wordCount < 5000 ? 1 : 2));
        var samples = sentences.AsParallel().AsOrdered().SelectMany(sentence => sentence.Words.Select((_, i) => (tagger.Vector(sentence.Words, i), sentence.Tags[i]))).ToList();
        var groups = sentences.SelectMany((sentence, i) => sentence.Words.Select(_ => i)).ToList();
        tagger.model = sentences.Count < SentencesToSearch
            ? MaximumEntropy.Train(samples, tagger.index.Count, penalty: 1, seed)
            : MaximumEntropy.TrainWithBestPenalty(samples, groups, tagger.index.Count, maximumSearched: 20_000, seed);
        return tagger;
    }

    /// <summary>The most probable tag of each word.</summary>
    public IReadOnlyList<int> Predict(IReadOnlyList<string> words) => [.. words.Select((_, i) => model!.Predict(Vector(words, i)))];

    private SparseVector Vector(IReadOnlyList<string> words, int position)
    {
        var values = new Dictionary<int, float>();
        foreach (var feature in Features(words, position))
        {
            if (index.TryGet(feature, out var i))
            {
                values[i] = 1;
            }
        }
        return SparseVector.From(values);
    }

    private static HashSet<ulong> Features(IReadOnlyList<string> words, int position)
    {
        var features = new HashSet<ulong>();
        var word = words[position];
        var lower = word.ToLowerInvariant();
        Add("word", word);
        Add("lower", lower);
        Add("shape", Shape(word));
        for (var length = 1; length <= Math.Min(4, lower.Length); length++)
        {
            Add("prefix", lower[..length]);
            Add("suffix", lower[^length..]);
        }
        for (var offset = -2; offset <= 2; offset++)
        {
            if (offset != 0)
            {
                var neighbour = At(position + offset);
                Add($"neighbour{offset}", neighbour);
                Add($"shape{offset}", Shape(neighbour));
            }
        }
        Add("before", $"{At(position - 1)} {lower}");
        Add("after", $"{lower} {At(position + 1)}");
        Add("around", $"{At(position - 1)} {At(position + 1)}");
        return features;

        void Add(string kind, string value) => features.Add(StableHash.OfNext(value, StableHash.OfNext(kind)));
        string At(int i) => i < 0 ? "<start>" : i >= words.Count ? "<end>" : words[i].ToLowerInvariant();
    }

    /// <summary>Runs of capitals, small letters, digits and others, as in <c>Aa0.</c></summary>
    private static string Shape(string word)
    {
        var shape = new System.Text.StringBuilder();
        foreach (var c in word)
        {
            var kind = char.IsUpper(c) ? 'A' : char.IsLetter(c) ? 'a' : char.IsDigit(c) ? '0' : c;
            if (shape.Length == 0 || shape[^1] != kind)
            {
                shape.Append(kind);
            }
        }
        return shape.ToString(0, Math.Min(12, shape.Length));
    }
}
