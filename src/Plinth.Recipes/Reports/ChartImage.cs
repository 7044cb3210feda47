using Plinth.Core;
using Plinth.Core.Files;
using ScottPlot;
using SkiaSharp;

namespace Plinth.Recipes.Reports;

/// <summary>Writes a chart as a picture, for places that cannot show a report. Its text needs a font on this machine.</summary>
public static class ChartImage
{
    private static readonly string[] Fonts = ["Inter", "Segoe UI", "Helvetica Neue", "Arial", "Liberation Sans", "Noto Sans", "DejaVu Sans"];

    /// <summary>Writes a PNG file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="chart">What to draw.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <exception cref="ArgumentException">No point of the chart can be drawn.</exception>
    /// <exception cref="PlinthException">The file cannot be written.</exception>
    public static void Write(string path, LineChart chart, int width = 1440, int height = 800)
    {
        ArgumentNullException.ThrowIfNull(chart);
        var drawn = ChartPlot.Draw(chart) ?? throw new ArgumentException("No point of the chart is a finite number.", nameof(chart));
        AddText(drawn, chart);
        drawn.Plot.ScaleFactor = width / (double)ChartSvg.Width;
        var bytes = drawn.Plot.GetImageBytes(width, height, ImageFormat.Png);
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    private static void AddText(ChartPlot drawn, LineChart chart)
    {
        var plot = drawn.Plot;
        plot.FigureBackground.Color = Colors.White;
        plot.Font.Set(Font());
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. drawn.X.Ticks.Select(t => t.Key)], [.. drawn.X.Ticks.Select(t => t.Value)]);
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. drawn.Y.Ticks.Select(t => t.Key)], [.. drawn.Y.Ticks.Select(t => t.Value)]);
        plot.Title(chart.Title, 15);
        plot.XLabel(chart.XLabel, 12);
        plot.YLabel(chart.YLabel, 12);
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        var lines = plot.GetPlottables<ScottPlot.Plottables.Scatter>().ToList();
        var names = chart.Series.Where(series => series.Points.Any(point => double.IsFinite(point.X) && double.IsFinite(point.Y) && (!chart.LogX || point.X > 0)));
        foreach (var (line, series) in lines.Zip(names))
        {
            line.LegendText = series.Name;
        }

        plot.Layout.Default();
        plot.ShowLegend(Edge.Bottom);
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.Orientation = Orientation.Horizontal;
    }

    /// <summary>A sans-serif font of this machine, or whatever it has.</summary>
    private static string Font()
    {
        var known = SKFontManager.Default.FontFamilies.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return Fonts.FirstOrDefault(known.Contains) ?? ScottPlot.Fonts.Default;
    }
}
