using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Recipes.Reports;

/// <summary>
/// Writes a report as one page that needs nothing else: no network, no scripts, charts inline; light or dark as the reader
/// prefers, printable, and well-formed XML. Every text is escaped.
/// </summary>
public static class HtmlReport
{
    private static readonly XNamespace Html = "http://www.w3.org/1999/xhtml";

    /// <summary>Writes the page, whole or not at all.</summary>
    /// <exception cref="PlinthException">The file cannot be written.</exception>
    public static void Write(string path, ReportModel model) => AtomicFile.WriteText(path, Render(model));

    /// <summary>The page as text.</summary>
    public static string Render(ReportModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var page = Element("html", new XAttribute("lang", "en"), Head(model), Body(model));
        var text = new StringBuilder("<!DOCTYPE html>\n");
        var settings = new XmlWriterSettings { OmitXmlDeclaration = true, NewLineHandling = NewLineHandling.None };
        using (var writer = XmlWriter.Create(text, settings))
        {
            page.Save(writer);
        }

        return text.Append('\n').ToString();
    }

    private static XElement Head(ReportModel model) => Element(
        "head",
        Element("meta", new XAttribute("charset", "utf-8")),
        Element("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
        Element("meta", new XAttribute("http-equiv", "Content-Security-Policy"), new XAttribute("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:")),
        Element("title", PlainText.Clean(model.Title)),
        Element("style", ReportStyle.Sheet));

    private static XElement Body(ReportModel model)
    {
        var charts = 0;
        return Element(
            "body",
            Element("header", Element("h1", PlainText.Clean(model.Title)), Element("p", PlainText.Clean(model.Subtitle))),
            Element("main", model.Sections.Select(section => Element(
                "section",
                Element("h2", PlainText.Clean(section.Heading)),
                section.Blocks.Select(block => Block(block, $"chart{++charts}"))))),
            model.Environment.Count == 0 ? null : Element(
                "footer",
                Element("h2", "Environment"),
                Element("dl", model.Environment.Select(pair => Element(
                    "div", Element("dt", PlainText.Clean(pair.Key)), Element("dd", PlainText.Clean(pair.Value)))))));
    }

    private static XElement Block(ReportBlock block, string id) => block switch
    {
        ReportParagraph paragraph => Element("p", PlainText.Clean(paragraph.Text)),
        ReportTable table => Table(table),
        LineChart chart => Chart(chart, id),
        ReportSample sample => Sample(sample),
        ReportPictures pictures => Element("div", Class("pictures"), pictures.Pictures.Select(Picture)),
        _ => throw new ArgumentException($"A report cannot show a {block.GetType().Name}.", nameof(block)),
    };

    private static XElement Table(ReportTable table)
    {
        // A column of numbers is set flush right, its heading too.
        var rows = table.Rows.Where(row => !IsHeading(row)).ToList();
        bool IsNumeric(int column) => rows.Count > 0 && rows.All(row => column >= row.Count || LooksNumeric(row[column].Text));
        bool IsHeading(IReadOnlyList<ReportCell> row) => row.Count == 1 && table.Header.Count > 1;
        return Element("div", Class("scroll"), Element(
            "table",
            Element("caption", PlainText.Clean(table.Caption)),
            Element("thead", Element("tr", table.Header.Select((name, column) => Element(
                "th", new XAttribute("scope", "col"), IsNumeric(column) ? Class("number") : null, PlainText.Clean(name))))),
            Element("tbody", table.Rows.Select(row => Element(
                "tr",
                IsHeading(row)
                    ? Element("th", Class("group"), new XAttribute("scope", "rowgroup"), new XAttribute("colspan", table.Header.Count), PlainText.Clean(row[0].Text))
                    : row.Select((cell, column) => Cell(cell, IsNumeric(column))))))));
    }

    private static XElement Cell(ReportCell cell, bool isNumeric)
    {
        var kind = (isNumeric ? "number" : "") + (cell.IsBest ? " best" : "");
        var text = PlainText.Clean(cell.Text);
        return Element("td", kind.Length > 0 ? Class(kind.Trim()) : null, cell.IsBest ? Element("strong", text) : text);
    }

    private static bool LooksNumeric(string text) =>
        text is "" or "–" or "-" || (text[0] is '-' or '−' or '+' ? text[1..] : text) is [>= '0' and <= '9', ..];

    private static XElement Chart(LineChart chart, string id) => Element(
        "figure",
        Element("figcaption", PlainText.Clean(chart.Title)),
        Element("ul", Class("legend"), chart.Series.Select((series, index) => Element(
            "li",
            Element("span", Class(ChartSvg.SeriesClass(index)), new XAttribute("aria-hidden", "true"), ChartSvg.Glyph(series, index)),
            " " + PlainText.Clean(series.Name)))),
        ChartSvg.Render(chart, id) ?? Element("p", "There is nothing to draw: no point of this chart is a finite number."),
        Values(chart));

    /// <summary>The numbers of a small chart, for those who cannot see it or want to copy them.</summary>
    private static XElement? Values(LineChart chart)
    {
        var points = chart.Series.SelectMany(series => series.Points.Select(point => (series.Name, point))).ToList();
        static string Number(double value) => value.ToString("#,0.####", CultureInfo.InvariantCulture);
        return points.Count is 0 or > 60 ? null : Element(
            "details",
            Element("summary", "The numbers"),
            Table(new(chart.Title, ["Line", chart.XLabel, chart.YLabel], [.. points.Select(entry => (IReadOnlyList<ReportCell>)[
                entry.Name,
                Number(entry.point.X),
                Number(entry.point.Y) + (entry.point.Deviation > 0 ? " ± " + Number(entry.point.Deviation) : "")])])));
    }

    private static XElement Picture(ReportPicture picture) => Element(
        "figure",
        new XElement(Html + "img", new XAttribute("src", $"data:image/jpeg;base64,{Convert.ToBase64String(picture.Jpeg.Span)}"), new XAttribute("width", picture.Width),
            new XAttribute("height", picture.Height), new XAttribute("alt", PlainText.Clean(picture.Name))),
        Element("figcaption", PlainText.Clean(picture.Name)),
        Element("ul", picture.Lines.Select(line => Element("li", PlainText.Clean(line)))));

    private static XElement Sample(ReportSample sample) => Element(
        "figure",
        sample.Caption is null ? null : Element("figcaption", PlainText.Clean(sample.Caption)),
        Element("pre", Element("code", Element("mark", PlainText.Clean(sample.Prompt)), PlainText.Clean(sample.Text))));

    /// <summary>An element that is never written as &lt;p /&gt;, which a browser would read as an open tag.</summary>
    private static XElement Element(string name, params object?[] content) =>
        new(Html + name, name == "meta" ? content : [.. content, ""]);

    private static XAttribute Class(string name) => new("class", name);
}
