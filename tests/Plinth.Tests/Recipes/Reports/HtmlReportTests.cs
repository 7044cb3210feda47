using System.Xml;
using System.Xml.Linq;
using Plinth.Core;
using Plinth.Recipes.Reports;
using Xunit;

namespace Plinth.Tests.Recipes.Reports;

public sealed class HtmlReportTests : IDisposable
{
    private const string Hostile = "</style><script>alert('x')</script>&amp;\"'\u001b[31m\0\ud800]]>";
    private static readonly XNamespace Html = "http://www.w3.org/1999/xhtml", Svg = "http://www.w3.org/2000/svg";

    private readonly string folder = Directory.CreateTempSubdirectory("plinth-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_page_is_well_formed_and_needs_nothing_from_elsewhere()
    {
        var text = HtmlReport.Render(Model("plain"));
        var page = Parse(text);
        Assert.Empty(page.Descendants(Html + "script"));
        Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName is "src" or "href" || a.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        var addresses = text.Replace("http://www.w3.org/1999/xhtml", "", StringComparison.Ordinal).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal);
        Assert.DoesNotContain("://", addresses, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", text, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_text_stays_text()
    {
        var page = Parse(HtmlReport.Render(Model(Hostile)));
        Assert.Empty(page.Descendants(Html + "script"));
        var seen = page.Descendants(Html + "h1").Single().Value;
        Assert.Equal("</style><script>alert('x')</script>&amp;\"'\uFFFD[31m\uFFFD\uFFFD]]>", seen);
        Assert.Equal(seen + seen, page.Descendants(Html + "pre").Single().Value);
        Assert.Contains(page.Descendants(Html + "td"), cell => cell.Value == seen);
        Assert.Contains(page.Descendants(Html + "dd"), cell => cell.Value == seen);
    }

    [Fact]
    public void The_style_sheet_survives_both_kinds_of_parser() =>
        Assert.Equal(-1, Parse(HtmlReport.Render(Model("plain"))).Descendants(Html + "style").Single().Value.IndexOfAny(['<', '>', '&']));

    [Fact]
    public void No_element_but_meta_is_written_empty_outside_of_charts()
    {
        // <p /> would be read as an open tag by a browser.
        var text = HtmlReport.Render(Model(""));
        var page = Parse(text);
        page.Descendants(Svg + "svg").Remove();
        var outside = page.ToString(SaveOptions.DisableFormatting);
        Assert.All(System.Text.RegularExpressions.Regex.Matches(outside, "<([a-z]+)[^>]*/>").Select(m => m.Groups[1].Value), name => Assert.Equal("meta", name));
    }

    [Fact]
    public void A_chart_has_one_line_per_series_with_a_name_for_readers_who_cannot_see_it()
    {
        var charts = Parse(HtmlReport.Render(Model("plain"))).Descendants(Svg + "svg").ToList();
        Assert.Equal(2, charts.Count);
        foreach (var chart in charts)
        {
            Assert.Equal(["s0", "s1", "s2"], Shapes(chart, "line").Select(c => c.Split(' ')[0]));
            Assert.Equal("img", chart.Attribute("role")?.Value);
            var labels = chart.Attribute("aria-labelledby")!.Value.Split(' ');
            Assert.Equal(labels, chart.Elements().Where(e => e.Name.LocalName is "title" or "desc").Select(e => e.Attribute("id")!.Value));
            Assert.All(chart.Elements(Svg + "desc"), e => Assert.NotEmpty(e.Value));
        }

        // Bars have an outline, bands are filled.
        Assert.Equal(3, Shapes(charts[0], "spread").Count());
        Assert.Empty(Shapes(charts[1], "spread"));
        var ids = charts.SelectMany(chart => chart.DescendantsAndSelf()).Attributes("id").Select(id => id.Value).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void Points_are_drawn_where_the_axes_say()
    {
        var chart = new LineChart("c", "x", "y", [new("line", [new(1, 0), new(100, 10), new(10_000, 20)])]) { LogX = true };
        var svg = Parse(HtmlReport.Render(Page(chart))).Descendants(Svg + "svg").Single();
        var path = svg.Elements(Svg + "path").Single(e => e.Attribute("class")!.Value == "s0 line").Attribute("d")!.Value;
        var points = path.Split('M', 'L').Skip(1).Select(p => p.Split(' ').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToArray()).ToList();
        foreach (var (index, label) in new[] { (0, "1"), (1, "100"), (2, "10,000") })
        {
            Assert.Equal(double.Parse(Tick(label).Attribute("x")!.Value, System.Globalization.CultureInfo.InvariantCulture), points[index][0], 0.1);
        }

        foreach (var (index, label) in new[] { (0, "0"), (1, "10"), (2, "20") })
        {
            Assert.Equal(double.Parse(Tick(label).Attribute("y")!.Value, System.Globalization.CultureInfo.InvariantCulture) - 4, points[index][1], 0.1);
        }

        XElement Tick(string label) => svg.Elements(Svg + "text").Single(e => e.Attribute("class")!.Value == "tick" && e.Value == label);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Points_that_cannot_be_drawn_are_left_out(bool logX)
    {
        ChartPoint[] strange = [new(0, double.NaN), new(double.NaN, 1), new(double.PositiveInfinity, 2), new(1, double.NegativeInfinity), new(-1, double.NaN)];
        var nothing = new LineChart("c", "x", "y", [new("none", []), new("strange", strange)]) { LogX = logX };
        Assert.Contains("nothing to draw", HtmlReport.Render(Page(nothing)), StringComparison.Ordinal);
        var one = nothing with { Series = [new("some", [.. strange, new(3, 4, double.NaN), new(5, 4)])] };
        Assert.Single(Parse(HtmlReport.Render(Page(one))).Descendants(Svg + "svg"));
    }

    [Fact]
    public void A_long_line_is_thinned_without_hiding_a_spike()
    {
        var points = Enumerable.Range(0, 100_000).Select(i => new ChartPoint(i, i == 54_321 ? 100 : 1)).ToList();
        var text = HtmlReport.Render(Page(new LineChart("c", "x", "y", [new("line", points)])));
        Assert.True(text.Length < 60_000);
        var path = Parse(text).Descendants(Svg + "path").Single(e => e.Attribute("class")!.Value == "s0 line").Attribute("d")!.Value;
        var heights = path.Split('L').Select(p => p.Split(' ')[^1]).ToList();
        Assert.Equal(2, heights.Distinct().Count());
    }

    [Fact]
    public void The_best_is_marked_and_numbers_are_set_flush_right()
    {
        var page = Parse(HtmlReport.Render(Page(new ReportTable("t", ["name", "score"], [["a", "0.5 ± 0.1"], ["b", new ReportCell("–", true)]]))));
        Assert.Equal("–", page.Descendants(Html + "strong").Single().Value);
        Assert.Equal(["number", "number best"], page.Descendants(Html + "td").Attributes("class").Select(a => a.Value));
    }

    [Fact]
    public void A_report_is_written_whole_or_not_at_all()
    {
        var path = Path.Combine(folder, "sub", "report.html");
        HtmlReport.Write(path, Model("plain"));
        Assert.Equal(HtmlReport.Render(Model("plain")), File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(Path.Combine(folder, "sub")));
        Assert.Throws<PlinthException>(() => HtmlReport.Write(Path.Combine(path, "below a file.html"), Model("plain")));
    }

    [Fact]
    public void A_picture_of_a_chart_is_a_PNG_of_the_size_asked_for()
    {
        var path = Path.Combine(folder, "chart.png");
        ChartImage.Write(path, Chart("plain"), 300, 200);
        var bytes = File.ReadAllBytes(path);
        Assert.Equal([0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n'], bytes[..8]);
        Assert.Equal([0, 0, 1, 44, 0, 0, 0, 200], bytes[16..24]);
    }

    private static IEnumerable<string> Shapes(XElement chart, string part) =>
        chart.Elements().Attributes("class").Select(a => a.Value).Where(c => c.EndsWith(" " + part, StringComparison.Ordinal));

    private static ReportModel Page(params ReportBlock[] blocks) => new("t", "s", [new("h", blocks)]);

    private static LineChart Chart(string text) => new(
        text, text, text, [.. Enumerable.Range(1, 3).Select(s => new ChartSeries(text, [new(50, s, 0.1), new(200, s * 2, 0.2), new(1000, s * 3, 0.1)]))])
    {
        LogX = true,
    };

    private static ReportModel Model(string text) => new(text, text,
    [
        new(text, [new ReportParagraph(text), new ReportTable(text, [text, text], [[text, new ReportCell(text, true)]])]),
        new(text, [Chart(text), Chart(text) with { Spread = SpreadStyle.Band, LogX = false }, new ReportSample(text, text, text)]),
    ])
    {
        Environment = [new(text, text)],
    };

    private static XElement Parse(string text)
    {
        using var reader = XmlReader.Create(new StringReader(text), new() { DtdProcessing = DtdProcessing.Ignore });
        return XElement.Load(reader, LoadOptions.PreserveWhitespace);
    }
}
