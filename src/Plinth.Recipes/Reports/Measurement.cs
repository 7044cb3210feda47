using System.Globalization;

namespace Plinth.Recipes.Reports;

/// <summary>One score measured several times, usually with different seeds.</summary>
/// <param name="Values">The scores, at least one.</param>
public sealed record Measurement(IReadOnlyList<double> Values)
{
    /// <summary>A score measured once or more.</summary>
    public static Measurement Of(params double[] values) => new(values);

    /// <summary>Arithmetic mean; NaN when nothing was measured.</summary>
    public double Mean => Values.Count == 0 ? double.NaN : Values.Average();

    /// <summary>Standard deviation of the sample, with n - 1; NaN for fewer than two, where it says nothing.</summary>
    public double Deviation => Values.Count < 2 ? double.NaN : Math.Sqrt(Values.Sum(value => Math.Pow(value - Mean, 2)) / (Values.Count - 1));

    /// <summary>"0.871 ± 0.004", or the mean alone when it was measured once, or a dash when it is not a number.</summary>
    /// <param name="format">Format of both numbers.</param>
    public string ToText(string format = "0.000")
    {
        static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
        return double.IsNaN(Mean) ? "–"
            : double.IsNaN(Deviation) ? Number(Mean, format)
            : $"{Number(Mean, format)} ± {Number(Deviation, format)}";
    }
}
