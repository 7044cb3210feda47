using Plinth.Recipes.Reports;
using Spectre.Console;

namespace Plinth.Cli.Display;

/// <summary>Shows a table of scores on the console: drawn where there is a terminal, plain text elsewhere.</summary>
public static class SummaryTableView
{
    /// <summary>Writes the table, the best scores highlighted.</summary>
    public static void Write(IAnsiConsole console, SummaryTable summary)
    {
        ArgumentNullException.ThrowIfNull(console);
        ArgumentNullException.ThrowIfNull(summary);
        if (console.Profile.Capabilities.Ansi && console.Profile.Out.IsTerminal)
        {
            console.Write(Draw(summary));
            return;
        }

        // Past the console's renderer, which would wrap the columns.
        console.Profile.Out.Writer.Write(summary.ToText());
        console.Profile.Out.Writer.Flush();
    }

    private static Table Draw(SummaryTable summary)
    {
        var report = summary.ToReportTable();
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
                (isGroup || row[0] != cell ? "" : "  ") + PlainText.Clean(cell.Text),
                cell.IsBest ? new Style(Color.Green, decoration: Decoration.Bold) : isGroup ? new Style(decoration: Decoration.Bold) : Style.Plain)));
        }

        return table;
    }
}
