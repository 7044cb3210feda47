using ScottPlot;

namespace Plinth.Recipes.Reports;

/// <summary>
/// Draws a chart with ScottPlot. Ticks and ranges come from <see cref="AxisScale"/> and the room for text is fixed, because
/// measuring text needs fonts and many servers and containers have none.
/// </summary>
internal sealed class ChartPlot
{
    /// <summary>Widths that also tell the parts of a drawing apart, in pixels.</summary>
    public const float LineWidth = 2.25f, SpreadWidth = 1.25f;

    /// <summary>Room around the data, in pixels.</summary>
    public const float Left = 68, Right = 16, Top = 12, Bottom = 50;

    /// <summary>Most points of a line that are drawn; more could not be told apart.</summary>
    private const int MaxPoints = 1000;

    /// <summary>Colours of the lines, readable on light and on dark and for most colour-blind readers; markers differ as well.</summary>
    public static readonly string[] Palette = ["#3B74C4", "#CC5A3D", "#2F9270", "#9068BE", "#B07D1E", "#66788A", "#C4618F", "#2E9AA8"];

    /// <summary>Colours of axes and grid, named here so that a page can replace them.</summary>
    public const string AxisColour = "#70757C", GridColour = "#D6D9DD";

    private static readonly MarkerShape[] Markers =
    [
        MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond, MarkerShape.FilledTriangleDown,
    ];

    private ChartPlot(Plot plot, AxisScale x, AxisScale y) => (Plot, X, Y) = (plot, x, y);

    public Plot Plot { get; }

    public AxisScale X { get; }

    public AxisScale Y { get; }

    /// <summary>The drawing without any text, or null when no point can be drawn.</summary>
    public static ChartPlot? Draw(LineChart chart)
    {
        var lines = chart.Series.Select(series => Drawable(series, chart.LogX)).ToList();
        var points = lines.SelectMany(line => line).ToList();
        if (points.Count == 0)
        {
            return null;
        }

        var horizontal = points.Select(point => point.X).ToList();
        var x = chart.LogX ? AxisScale.Logarithmic(horizontal, 8) : AxisScale.Linear(horizontal, 6);
        var y = AxisScale.Linear([.. points.SelectMany(point => new[] { point.Y - point.Deviation, point.Y + point.Deviation })], 6);
        var plot = new Plot();
        for (var i = 0; i < lines.Count; i++)
        {
            Add(plot, lines[i], i, chart.Spread);
        }

        Dress(plot, x, y);
        return new(plot, x, y);
    }

    private static List<ChartPoint> Drawable(ChartSeries series, bool logX)
    {
        var points = series.Points
            .Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y) && (!logX || point.X > 0))
            .Select(point => new ChartPoint(logX ? Math.Log10(point.X) : point.X, point.Y, double.IsFinite(point.Deviation) ? Math.Abs(point.Deviation) : 0))
            .ToList();
        return points.Count <= MaxPoints ? points : Thin(points);
    }

    /// <summary>Keeps the lowest and highest point of each stretch, so that no spike is hidden.</summary>
    private static List<ChartPoint> Thin(List<ChartPoint> points) =>
    [
        .. points.Chunk((int)Math.Ceiling(points.Count / (MaxPoints / 2.0)))
            .SelectMany(stretch => new[] { stretch.MinBy(point => point.Y), stretch.MaxBy(point => point.Y) }.Distinct().OrderBy(point => point.X)),
    ];

    private static void Add(Plot plot, List<ChartPoint> points, int index, SpreadStyle spread)
    {
        if (points.Count == 0)
        {
            return;
        }

        var colour = Color.FromHex(Palette[index % Palette.Length]);
        double[] x = [.. points.Select(point => point.X)];
        double[] y = [.. points.Select(point => point.Y)];
        double[] deviation = [.. points.Select(point => point.Deviation)];
        if (deviation.Any(value => value > 0))
        {
            AddSpread(plot, x, y, deviation, colour, spread);
        }

        var line = plot.Add.Scatter(x, y, colour);
        line.LineWidth = LineWidth;
        line.LinePattern = index < Palette.Length ? LinePattern.Solid : LinePattern.Dashed;
        line.MarkerShape = Markers[index % Markers.Length];
        line.MarkerSize = points.Count <= 25 ? 8 : 0;
    }

    private static void AddSpread(Plot plot, double[] x, double[] y, double[] deviation, Color colour, SpreadStyle spread)
    {
        if (spread == SpreadStyle.Bars)
        {
            var bars = plot.Add.ErrorBar(x, y, deviation);
            bars.Color = colour;
            bars.LineWidth = SpreadWidth;
            return;
        }

        var band = plot.Add.FillY(x, [.. y.Zip(deviation, (value, d) => value - d)], [.. y.Zip(deviation, (value, d) => value + d)]);
        band.FillColor = colour.WithAlpha(0.18);
        band.LineWidth = 0;
        band.MarkerSize = 0;
    }

    private static void Dress(Plot plot, AxisScale x, AxisScale y)
    {
        plot.Axes.SetLimits(x.Low, x.High, y.Low, y.High);
        plot.Layout.Fixed(new PixelPadding(Left, Right, Bottom, Top));
        plot.FigureBackground.Color = Colors.Transparent;
        plot.DataBackground.Color = Colors.Transparent;
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. x.Ticks.Select(t => t.Key)], [.. x.Ticks.Select(_ => "")]);
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. y.Ticks.Select(t => t.Key)], [.. y.Ticks.Select(_ => "")]);
        var axis = Color.FromHex(AxisColour);
        foreach (var edge in new[] { plot.Axes.Bottom, (IAxis)plot.Axes.Left, plot.Axes.Right, plot.Axes.Top })
        {
            edge.FrameLineStyle.Color = axis;
            edge.MajorTickStyle.Color = axis;
            edge.FrameLineStyle.Width = edge == plot.Axes.Bottom ? 1 : 0;
        }

        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Grid.MajorLineColor = Color.FromHex(GridColour);
        plot.Grid.XAxisStyle.IsVisible = false;
        plot.HideLegend();
    }
}
