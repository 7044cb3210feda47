namespace Plinth.Core.Native;

/// <summary>One operation of a device beside the same computed in plain double precision.</summary>
/// <param name="Name">What was computed.</param>
/// <param name="WorstDifference">Largest difference of all values, relative to values beyond 1; NaN when there is none.</param>
/// <param name="Tolerance">What is allowed.</param>
/// <param name="Error">What the device said when it refused, else null.</param>
public sealed record SelfTestResult(string Name, double WorstDifference, double Tolerance, string? Error = null)
{
    /// <summary>Whether the device computes rightly.</summary>
    public bool IsOk => Error is null && WorstDifference <= Tolerance; // a NaN fails

    /// <summary>Compares values.</summary>
    /// <returns>A result whose difference is NaN when the counts differ or a value is not finite.</returns>
    public static SelfTestResult Compare(string name, IReadOnlyList<double> actual, IReadOnlyList<double> expected, double tolerance)
    {
        ArgumentNullException.ThrowIfNull(actual);
        ArgumentNullException.ThrowIfNull(expected);
        var worst = actual.Count == expected.Count ? 0 : double.NaN;
        for (var i = 0; i < expected.Count && !double.IsNaN(worst); i++)
        {
            // Math.Max keeps a NaN.
            worst = Math.Max(worst, Math.Abs(actual[i] - expected[i]) / Math.Max(1, Math.Abs(expected[i])));
        }

        return new(name, worst, tolerance);
    }
}
