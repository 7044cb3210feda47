using Plinth.Recipes.Reports;
using Spectre.Console;

namespace Plinth.Cli.Display;

/// <summary>Shows a table on the console: drawn where there is a terminal, plain text elsewhere.</summary>
public static class TableView
{
    /// <summary>Writes a table of scores, the best highlighted.</summary>
    public static void Write(IAnsiConsole console, SummaryTable summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        Write(console, summary.ToReportTable());
    }

    /// <summary>Writes a table.</summary>
    public static void Write(IAnsiConsole console, ReportTable report)
    {
        ArgumentNullException.ThrowIfNull(console);
        ArgumentNullException.ThrowIfNull(report);
        if (console.Profile.Capabilities.Ansi && console.Profile.Out.IsTerminal)
        {
            console.Write(Draw(report));
            return;
        }

        // Past the console's renderer, which would wrap the columns.
        console.Profile.Out.Writer.Write(report.ToText());
        console.Profile.Out.Writer.Flush();
    }

    private static Table Draw(ReportTable report)
    {
        var hasGroups = report.Rows.Any(row => row.Count == 1);
        var table = new Table { Border = TableBorder.Simple, Title = new(Markup.Escape(PlainText.Clean(report.Caption))) };
        for (var column = 0; column < report.Header.Count; column++)
        {
            table.AddColumn(new TableColumn(new Text(PlainText.Clean(report.Header[column])))
            {
                Alignment = column == 0 ? Justify.Left : Justify.Right,
                NoWrap = column > 0,
            });
        }

        foreach (var row in report.Rows)
        {
            var isGroup = row.Count == 1;
            table.AddRow(row.Select(cell => new Text(
                (isGroup || !hasGroups || row[0] != cell ? "" : "  ") + PlainText.Clean(cell.Text),
                cell.IsBest ? new Style(Color.Green, decoration: Decoration.Bold) : isGroup ? new Style(decoration: Decoration.Bold) : Style.Plain)));
        }

        return table;
    }
}
