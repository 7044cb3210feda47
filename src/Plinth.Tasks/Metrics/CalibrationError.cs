namespace Plinth.Tasks.Metrics;

/// <summary>
/// How far probabilities are from what happens: the mean distance between both within bins of like probability, weighed by their samples
/// (the expected calibration error; Naeini et al. 2015, "Obtaining Well Calibrated Probabilities Using Bayesian Binning").
/// </summary>
public static class CalibrationError
{
    private const int DefaultBinCount = 15;

    /// <summary>Computes it.</summary>
    /// <param name="probabilities">What was said, 0 to 1.</param>
    /// <param name="happened">Whether it was so.</param>
    /// <param name="binCount">Bins of equal width.</param>
    /// <returns>0 to 1, 0 being the best; NaN for no samples.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, or a probability is none.</exception>
    public static double Of(IReadOnlyList<double> probabilities, IReadOnlyList<bool> happened, int binCount = DefaultBinCount)
    {
        MetricInputs.RequireSameCount(probabilities, happened);
        ArgumentOutOfRangeException.ThrowIfLessThan(binCount, 1);
        var gaps = new double[binCount];
        for (var i = 0; i < probabilities.Count; i++)
        {
            var said = probabilities[i] is >= 0 and <= 1 and var p ? p : throw new ArgumentException($"Item {i} is {probabilities[i]}, and a probability is between 0 and 1.", nameof(probabilities));
            gaps[Math.Min(binCount - 1, (int)(said * binCount))] += said - (happened[i] ? 1 : 0);
        }

        return probabilities.Count == 0 ? double.NaN : gaps.Sum(Math.Abs) / probabilities.Count;
    }
}
