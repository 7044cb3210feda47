using System.Globalization;
using System.Xml.Linq;

namespace Plinth.Recipes.Reports;

/// <summary>
/// Makes a chart an SVG element to stand inside a page: ScottPlot's drawing with the colours replaced by the page's classes
/// (so that it follows light and dark), and text set by the page's own fonts.
/// </summary>
internal static class ChartSvg
{
    public const int Width = 720, Height = 360;

    public static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static readonly string[] Glyphs = ["●", "■", "▲", "◆", "▼"];

    /// <summary>The chart, or null when no point of it can be drawn.</summary>
    /// <param name="chart">What to draw.</param>
    /// <param name="id">Prefix of the ids inside, unique on the page.</param>
    public static XElement? Render(LineChart chart, string id)
    {
        if (ChartPlot.Draw(chart) is not { } drawn)
        {
            return null;
        }

        var drawing = XDocument.Parse(drawn.Plot.GetSvgXml(Width, Height)).Root!;
        return new(
            Svg + "svg",
            new XAttribute("viewBox", $"0 0 {Width} {Height}"),
            new XAttribute("class", "chart"),
            new XAttribute("role", "img"),
            new XAttribute("aria-labelledby", $"{id}-title {id}-desc"),
            new XElement(Svg + "title", new XAttribute("id", $"{id}-title"), PlainText.Clean(chart.Title)),
            new XElement(Svg + "desc", new XAttribute("id", $"{id}-desc"), PlainText.Clean(chart.Description ?? Describe(chart))),
            drawing.Descendants().Where(IsShape).Select(Restyle),
            Texts(chart, drawn));
    }

    /// <summary>What stands for a line in the legend: its marker, or a stroke when it is drawn without.</summary>
    public static string Glyph(ChartSeries series, int index) =>
        series.Points.Count <= 25 ? Glyphs[index % Glyphs.Length] : index < ChartPlot.Palette.Length ? "━" : "┅";

    /// <summary>Class that carries a line's colour.</summary>
    public static string SeriesClass(int index) => $"s{index % ChartPlot.Palette.Length}";

    private static string Describe(LineChart chart)
    {
        var ends = chart.Series.Where(series => series.Points.Count > 0)
            .Select(series => string.Create(CultureInfo.InvariantCulture, $"{series.Name} from {series.Points[0].Y:0.####} to {series.Points[^1].Y:0.####}"));
        return $"{chart.YLabel} by {chart.XLabel}: {string.Join("; ", ends)}.";
    }

    /// <summary>Shapes that are drawn: not the transparent backgrounds, nor clip paths (the ranges already hold every point).</summary>
    private static bool IsShape(XElement element) =>
        element.Name.LocalName is "path" or "ellipse" or "rect" or "circle"
        && element.Parent?.Name.LocalName != "clipPath"
        && (Palette((string?)element.Attribute("stroke")) ?? Palette((string?)element.Attribute("fill"))) is not null;

    private static XElement Restyle(XElement shape)
    {
        var stroke = Palette((string?)shape.Attribute("stroke"));
        var width = (float?)shape.Attribute("stroke-width");
        var part = stroke is null ? "mark" : width == ChartPlot.LineWidth ? "line" : width == ChartPlot.SpreadWidth ? "spread" : "rule";
        var kept = shape.Attributes().Where(a => !a.IsNamespaceDeclaration && a.Name.LocalName is not ("stroke" or "fill" or "stroke-miterlimit"));
        return new(
            Svg + shape.Name.LocalName,
            new XAttribute("class", $"{stroke ?? Palette((string?)shape.Attribute("fill"))} {part}"),
            kept);
    }

    private static string? Palette(string? colour)
    {
        if (string.Equals(colour, ChartPlot.AxisColour, StringComparison.OrdinalIgnoreCase))
        {
            return "axis";
        }

        if (string.Equals(colour, ChartPlot.GridColour, StringComparison.OrdinalIgnoreCase))
        {
            return "grid";
        }

        var index = Array.FindIndex(ChartPlot.Palette, known => string.Equals(colour, known, StringComparison.OrdinalIgnoreCase));
        return index < 0 ? null : SeriesClass(index);
    }

    private static IEnumerable<XElement> Texts(LineChart chart, ChartPlot drawn)
    {
        const float bottom = Height - ChartPlot.Bottom;
        foreach (var (place, label) in drawn.X.Ticks)
        {
            yield return Text(Along(drawn.X, place, ChartPlot.Left, Width - ChartPlot.Right), bottom + 19, "middle", label);
        }

        foreach (var (place, label) in drawn.Y.Ticks)
        {
            yield return Text(ChartPlot.Left - 8, Along(drawn.Y, place, bottom, ChartPlot.Top) + 4, "end", label);
        }

        yield return Text((ChartPlot.Left + Width - ChartPlot.Right) / 2, Height - 8, "middle", chart.XLabel, "label");
        var side = Text(0, 0, "middle", chart.YLabel, "label");
        side.SetAttributeValue("transform", string.Create(CultureInfo.InvariantCulture, $"translate(14 {(ChartPlot.Top + bottom) / 2:0.#}) rotate(-90)"));
        yield return side;
    }

    private static double Along(AxisScale axis, double place, float from, float to) =>
        from + ((place - axis.Low) / (axis.High - axis.Low) * (to - from));

    private static XElement Text(double x, double y, string anchor, string text, string kind = "tick") => new(
        Svg + "text",
        new XAttribute("x", x.ToString("0.#", CultureInfo.InvariantCulture)),
        new XAttribute("y", y.ToString("0.#", CultureInfo.InvariantCulture)),
        new XAttribute("text-anchor", anchor),
        new XAttribute("class", kind),
        PlainText.Clean(text));
}
