namespace Plinth.Recipes.Baselines;

/// <summary>
/// The classical text classifier: TF-IDF of words and pairs of words (Salton and Buckley 1988), length-normalised,
/// with multinomial logistic regression on it. The same data and seed always give the same classifier.
/// </summary>
public sealed class TfIdfClassifier
{
    private const int SamplesToSearch = 200;
    private const float UsualPenalty = 0.1f;

    private readonly FeatureIndex index;
    private readonly float[] inverseFrequencies;
    private MaximumEntropy? model;

    private TfIdfClassifier(FeatureIndex index)
    {
        this.index = index;
        inverseFrequencies = [.. index.SampleCounts.Select(count => MathF.Log((1f + index.SampleCount) / (1f + count)) + 1)];
    }

    /// <summary>Fits the classifier. From 200 texts on, the penalty is chosen on texts held out.</summary>
    /// <param name="texts">Texts with their class, 0 to <paramref name="classCount"/> - 1; a class may be absent.</param>
    /// <param name="classCount">Number of classes.</param>
    /// <param name="seed">Of the split that chooses the penalty.</param>
    public static TfIdfClassifier Train(IReadOnlyList<(string Text, int Label)> texts, int classCount, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfZero(texts.Count);
        if (texts.Any(text => text.Label < 0 || text.Label >= classCount))
        {
            throw new ArgumentException($"Labels are 0 to {classCount - 1}, but there is {texts.First(text => text.Label < 0 || text.Label >= classCount).Label}.", nameof(texts));
        }
        var features = texts.AsParallel().AsOrdered().Select(text => Features(text.Text)).ToList();
        // What occurs once in many texts tells little and would make most of the weights.
        var classifier = new TfIdfClassifier(new(features.Select(counts => counts.Keys), minimum: texts.Count < 2000 ? 1 : 2));
        var samples = features.Select((counts, i) => (classifier.Vector(counts), texts[i].Label)).ToList();
        classifier.model = texts.Count < SamplesToSearch
            ? MaximumEntropy.Train(samples, classifier.index.Count, UsualPenalty, seed)
            : MaximumEntropy.TrainWithBestPenalty(samples, [.. Enumerable.Range(0, samples.Count)], classifier.index.Count, maximumSearched: 4000, seed);
        return classifier;
    }

    /// <summary>The most probable class of a text.</summary>
    public int Predict(string text) => model!.Predict(Vector(Features(text)));

    /// <summary>The most probable class of each text.</summary>
    public IReadOnlyList<int> Predict(IReadOnlyList<string> texts) => [.. texts.Select(Predict)];

    private static Dictionary<ulong, int> Features(string text)
    {
        var counts = new Dictionary<ulong, int>();
        ulong? previous = null;
        foreach (var word in Words.Terms(text))
        {
            var hash = StableHash.OfNext(word);
            counts[hash] = counts.GetValueOrDefault(hash) + 1;
            if (previous is { } first)
            {
                var pair = StableHash.OfNext(word, first);
                counts[pair] = counts.GetValueOrDefault(pair) + 1;
            }
            previous = hash;
        }
        return counts;
    }

    private SparseVector Vector(Dictionary<ulong, int> counts)
    {
        var values = new Dictionary<int, float>();
        foreach (var (feature, count) in counts)
        {
            if (index.TryGet(feature, out var i))
            {
                values[i] = (1 + MathF.Log(count)) * inverseFrequencies[i];
            }
        }
        var vector = SparseVector.From(values);
        var norm = MathF.Sqrt(vector.Values.Sum(value => value * value));
        return norm > 0 ? vector with { Values = Array.ConvertAll(vector.Values, value => value / norm) } : vector;
    }
}
