using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace Plinth.Recipes.Baselines;

/// <summary>
/// Multinomial logistic regression with an L2 penalty, fitted by L-BFGS (Liu and Nocedal 1989) of Microsoft.ML.
/// Classes without an example are never answered.
/// </summary>
internal sealed class MaximumEntropy
{
    // Weights of the penalty against the summed loss, from strong to weak.
    private static readonly float[] Penalties = [1, 0.3f, 0.1f, 0.03f, 0.01f];

    private const int FoldCount = 4;

    // Beyond so many, further iterations change no answer that a test would notice.
    private const int ManySamples = 50_000;

    private readonly int[] classes;
    private readonly float[][] weights;
    private readonly float[] biases;

    private MaximumEntropy(int[] classes, float[][] weights, float[] biases)
    {
        this.classes = classes;
        this.weights = weights;
        this.biases = biases;
    }

    /// <summary>Fits with a given penalty.</summary>
    /// <param name="samples">The features and the class of each sample.</param>
    /// <param name="featureCount">Length of the vectors.</param>
    /// <param name="penalty">Weight of half the squared norm against the loss summed over all samples.</param>
    /// <param name="seed">Of Microsoft.ML.</param>
    /// <param name="tolerance">Relative gain below which fitting stops.</param>
    public static MaximumEntropy Train(
        IReadOnlyList<(SparseVector Features, int Label)> samples, int featureCount, float penalty, int seed, float tolerance = 1e-5f)
    {
        var classes = samples.Select(sample => sample.Label).Distinct().Order().ToArray();
        if (classes.Length < 2)
        {
            return new(classes, [new float[featureCount]], [0]);
        }
        var context = new MLContext(seed);
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Math.Max(1, featureCount));
        schema[nameof(Row.Label)].ColumnType = new KeyDataViewType(typeof(uint), classes.Length);
        var rows = samples.Select(sample => new Row
        {
            Features = new(Math.Max(1, featureCount), sample.Features.Values.Length, sample.Features.Values, sample.Features.Indices),
            Label = (uint)Array.BinarySearch(classes, sample.Label),
        }).ToList();
        var model = context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options
        {
            L1Regularization = 0,
            L2Regularization = penalty,
            HistorySize = 10,
            NumberOfThreads = 1,
            OptimizationTolerance = tolerance,
            MaximumNumberOfIterations = 150,
            DenseOptimizer = true,
        }).Fit(context.Data.LoadFromEnumerable(rows, schema)).Model;

        VBuffer<float>[]? buffers = null;
        model.GetWeights(ref buffers, out _);
        return new(classes, Array.ConvertAll(buffers!, buffer => buffer.DenseValues().ToArray()), [.. model.GetBiases()]);
    }

    /// <summary>Fits with the penalty that does best on samples held out, then on all samples.</summary>
    /// <param name="groups">Which samples belong together, for example the words of one sentence; they are held out together.</param>
    public static MaximumEntropy TrainWithBestPenalty(
        IReadOnlyList<(SparseVector Features, int Label)> samples, IReadOnlyList<int> groups, int featureCount, int maximumSearched, int seed) =>
        Train(samples, featureCount, BestPenalty(samples, groups, featureCount, maximumSearched, seed), seed, samples.Count > ManySamples ? 1e-3f : 1e-5f);

    /// <summary>The most probable class.</summary>
    public int Predict(SparseVector features)
    {
        var best = 0;
        var scores = Scores(features);
        for (var i = 1; i < scores.Length; i++)
        {
            best = scores[i] > scores[best] ? i : best;
        }
        return classes[best];
    }

    /// <summary>Nats; what was never seen in training counts as one in a million.</summary>
    private double LogProbability(SparseVector features, int label)
    {
        var index = Array.BinarySearch(classes, label);
        var scores = Scores(features);
        var largest = scores.Max();
        return index < 0 ? Math.Log(1e-6) : scores[index] - largest - Math.Log(scores.Sum(score => Math.Exp(score - largest)));
    }

    private double[] Scores(SparseVector features)
    {
        var scores = new double[classes.Length];
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = biases[i] + features.Dot(weights[i]);
        }
        return scores;
    }

    private static float BestPenalty(IReadOnlyList<(SparseVector Features, int Label)> samples, IReadOnlyList<int> groups, int featureCount, int maximumSearched, int seed)
    {
        var random = new Random(seed);
        var folds = groups.Distinct().OrderBy(_ => random.Next()).Select((group, i) => (group, fold: i % FoldCount)).ToDictionary(pair => pair.group, pair => pair.fold);
        var share = Math.Min(1, (double)maximumSearched / samples.Count);
        var kept = groups.Distinct().ToDictionary(group => group, _ => random.NextDouble() < share);
        // Few samples judge badly, so all of them take their turn; with many, one fold tells enough.
        var foldCount = samples.Count < 1000 ? FoldCount : 1;
        // In any order and at once; which of them is best does not depend on it.
        return Penalties.AsParallel().AsOrdered().Select(penalty =>
        {
            var (correct, likelihood) = (0, 0.0);
            for (var fold = 0; fold < foldCount; fold++)
            {
                var model = Train([.. samples.Where((_, i) => kept[groups[i]] && folds[groups[i]] != fold)], featureCount, penalty, seed, tolerance: 1e-4f);
                foreach (var (features, label) in samples.Where((_, i) => kept[groups[i]] && folds[groups[i]] == fold))
                {
                    correct += model.Predict(features) == label ? 1 : 0;
                    likelihood += model.LogProbability(features, label);
                }
            }
            return (penalty, correct, likelihood);
        }).ToList().OrderByDescending(result => result.correct).ThenByDescending(result => result.likelihood).First().penalty;
    }

    private sealed class Row
    {
        public VBuffer<float> Features { get; set; }

        // Keys of rows in memory count from 0 (those inside Microsoft.ML from 1).
        public uint Label { get; set; }
    }
}
