namespace Plinth.Tasks.Metrics;

/// <summary>How well similarities tell pairs of the same from pairs of different things, as faces and voices are scored.</summary>
/// <param name="RocAuc">Share of the pairs of both kinds that stand in the right order.</param>
/// <param name="EqualError">Where as many are missed as let through.</param>
/// <param name="AtRates">At each rate of false accepts that was asked for: the point that accepts most of the same.</param>
public sealed record VerificationScores(double RocAuc, EqualErrorRate EqualError, IReadOnlyList<OperatingPoint> AtRates)
{
    /// <summary>Scores pairs.</summary>
    /// <param name="similarities">Higher means rather the same.</param>
    /// <param name="isSame">What is right.</param>
    /// <param name="falseAcceptRates">Largest shares of different pairs that may be taken for the same. Below one pair's share, none may.</param>
    /// <exception cref="ArgumentException">The lists differ in length, a similarity is NaN, or a rate is none.</exception>
    public static VerificationScores Of(IReadOnlyList<double> similarities, IReadOnlyList<bool> isSame, params IReadOnlyList<double> falseAcceptRates)
    {
        ArgumentNullException.ThrowIfNull(falseAcceptRates);
        return new(
            Metrics.RocAuc.Of(similarities, isSame), EqualErrorRate.Of(similarities, isSame),
            [.. falseAcceptRates.Select(rate => ThresholdChoice.ForFalsePositiveRate(similarities, isSame, rate))]);
    }
}
