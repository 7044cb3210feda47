using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using Plinth.Core;

namespace Plinth.Recipes.Scaling;

/// <summary>What a law says of a size.</summary>
/// <param name="Value">The likeliest score.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
public sealed record ScalingEstimate(double Value, double Low, double High);

/// <summary>
/// Score = factor × size^exponent, a straight line between logarithms (Kaplan et al. 2020, arXiv:2001.08361, equations 1.1 to 1.3). It has no floor:
/// over more than one or two powers of ten the loss of text bends away from it, so predict not far beyond the runs.
/// </summary>
public sealed class PowerLaw
{
    /// <summary>Fewest runs that a law is fitted to: fewer leave no idea of its error.</summary>
    public const int LeastRuns = 4;

    private readonly double intercept, meanLog, spread, deviation;
    private readonly int count;

    private PowerLaw(double intercept, double slope, double[] logs, double[] scores)
    {
        (this.intercept, Exponent, count) = (intercept, slope, logs.Length);
        meanLog = logs.Average();
        spread = logs.Sum(x => (x - meanLog) * (x - meanLog));
        deviation = Math.Sqrt(logs.Zip(scores, (x, y) => y - intercept - (slope * x)).Sum(error => error * error) / (count - 2));
    }

    /// <summary>Score at size 1.</summary>
    public double Factor => Math.Exp(intercept);

    /// <summary>Exponent of the size; below 0 where the score falls.</summary>
    public double Exponent { get; }

    /// <summary>Deviation of the runs from the law, as a share of their scores.</summary>
    public double Deviation => deviation;

    /// <summary>Fits by least squares of the logarithms.</summary>
    /// <param name="points">Sizes and scores, all over 0.</param>
    /// <exception cref="BadInputException">There are fewer than <see cref="LeastRuns"/>, or fewer than three sizes.</exception>
    public static PowerLaw Fit(IReadOnlyList<(double Size, double Score)> points)
    {
        ArgumentNullException.ThrowIfNull(points);
        if (points.Count < LeastRuns || points.Select(point => point.Size).Distinct().Count() < 3)
        {
            throw new BadInputException($"A law is fitted to at least {LeastRuns} runs of at least three sizes; these are {points.Count} of {points.Select(point => point.Size).Distinct().Count()}.");
        }

        double[] logs = [.. points.Select(point => Math.Log(point.Size))], scores = [.. points.Select(point => Math.Log(point.Score))];
        var (intercept, slope) = MathNet.Numerics.Fit.Line(logs, scores);
        return new(intercept, slope, logs, scores);
    }

    /// <summary>Predicts the score of one further run.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="confidence">How probable the interval shall be, above 0 and below 1.</param>
    /// <remarks>The interval is that of least squares with Student's t: it holds the error of the line and that of a single run.</remarks>
    public ScalingEstimate Predict(double size, double confidence)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        if (confidence is not (> 0 and < 1))
        {
            throw new BadInputException($"A confidence of {confidence} is none; it lies between 0 and 1, for example at 0.9.");
        }

        var x = Math.Log(size);
        var middle = intercept + (Exponent * x);
        var error = deviation * Math.Sqrt(1 + (1.0 / count) + ((x - meanLog) * (x - meanLog) / spread));
        var width = StudentT.InvCDF(0, 1, count - 2, (1 + confidence) / 2) * error;
        return new(Math.Exp(middle), Math.Exp(middle - width), Math.Exp(middle + width));
    }
}
