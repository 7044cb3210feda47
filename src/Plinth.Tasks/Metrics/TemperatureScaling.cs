namespace Plinth.Tasks.Metrics;

/// <summary>
/// Makes probabilities mean what they say: one number, fitted on labelled samples that the model was not trained on, divides all scores
/// (Guo et al. 2017, arXiv:1706.04599, section 4.2). Which class is first does not change.
/// </summary>
/// <param name="Temperature">What scores are divided by; above 1 where the model was too sure.</param>
/// <param name="Loss">Mean cross entropy with it, in nats.</param>
/// <param name="LossBefore">Mean cross entropy without it.</param>
public sealed record TemperatureScaling(double Temperature, double Loss, double LossBefore)
{
    // Far beyond what any model needs. Where every sample is right no temperature is the best, and the search ends where the loss is nothing.
    private const double Smallest = 1e-3, Largest = 1e3;
    private const int Halvings = 80;

    /// <summary>Fits the temperature; its inverse makes the loss convex, so the one minimum is found by halving.</summary>
    /// <param name="scores">Raw scores of the classes per sample.</param>
    /// <param name="expected">Class of each sample.</param>
    /// <exception cref="ArgumentException">There are no samples, the lists differ in length, a class has no score, or a score is not finite.</exception>
    public static TemperatureScaling Fit(IReadOnlyList<IReadOnlyList<double>> scores, IReadOnlyList<int> expected)
    {
        MetricInputs.RequireSameCount(scores, expected);
        Require(scores, expected);
        // Halved on a logarithmic scale: the slope in the inverse temperature grows, so its sign tells the side.
        var (low, high) = (Math.Log(1 / Largest), Math.Log(1 / Smallest));
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Mean(scores, expected, Math.Exp(middle)).Slope < 0 ? (middle, high) : (low, middle);
        }

        var inverse = Math.Exp((low + high) / 2);
        return new(1 / inverse, Mean(scores, expected, inverse).Loss, Mean(scores, expected, 1).Loss);
    }

    private static void Require(IReadOnlyList<IReadOnlyList<double>> scores, IReadOnlyList<int> expected)
    {
        if (scores.Count == 0)
        {
            throw new ArgumentException("A temperature needs samples to be fitted on.", nameof(scores));
        }

        for (var i = 0; i < scores.Count; i++)
        {
            if (expected[i] < 0 || expected[i] >= scores[i].Count || !scores[i].All(double.IsFinite))
            {
                throw new ArgumentException($"Sample {i} has the class {expected[i]} and {scores[i].Count} scores; each class needs one, and it must be finite.", nameof(scores));
            }
        }
    }

    private static (double Loss, double Slope) Mean(IReadOnlyList<IReadOnlyList<double>> scores, IReadOnlyList<int> expected, double inverse)
    {
        var (loss, slope) = (0.0, 0.0);
        for (var i = 0; i < scores.Count; i++)
        {
            var (own, largest) = (scores[i], scores[i].Max());
            var (sum, weighted) = (0.0, 0.0);
            foreach (var score in own)
            {
                var weight = Math.Exp(inverse * (score - largest));
                (sum, weighted) = (sum + weight, weighted + (weight * score));
            }

            loss += Math.Log(sum) - (inverse * (own[expected[i]] - largest));
            slope += (weighted / sum) - own[expected[i]];
        }

        return (loss / scores.Count, slope / scores.Count);
    }
}
