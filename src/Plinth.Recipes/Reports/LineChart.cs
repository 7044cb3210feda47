namespace Plinth.Recipes.Reports;

/// <summary>How the deviation of points is drawn.</summary>
public enum SpreadStyle
{
    /// <summary>A band along the line; for many points.</summary>
    Band,

    /// <summary>A bar through each point; for few.</summary>
    Bars,
}

/// <summary>A chart of lines.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="XLabel">Quantity and unit along the bottom.</param>
/// <param name="YLabel">Quantity and unit along the side.</param>
/// <param name="Series">The lines.</param>
public sealed record LineChart(string Title, string XLabel, string YLabel, IReadOnlyList<ChartSeries> Series) : ReportBlock
{
    /// <summary>Whether equal distances along the bottom are equal factors; points at 0 or below are then left out.</summary>
    public bool LogX { get; init; }

    /// <summary>How deviations are drawn.</summary>
    public SpreadStyle Spread { get; init; } = SpreadStyle.Bars;

    /// <summary>A sentence for readers who cannot see it; made from the series when null.</summary>
    public string? Description { get; init; }
}

/// <summary>One line of a chart.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">Its points, in the order they are joined; those that are not finite are left out.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points);

/// <summary>A point of a line.</summary>
/// <param name="X">Along the bottom.</param>
/// <param name="Y">Along the side.</param>
/// <param name="Deviation">Half the height of its bar or band; 0 for none.</param>
public readonly record struct ChartPoint(double X, double Y, double Deviation = 0);
