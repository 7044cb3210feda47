namespace Plinth.Recipes.Reports;

/// <summary>Scores of several ways under several conditions, for example methods by number of labels, as plain data.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="RowHeading">What the rows are.</param>
/// <param name="Columns">Names of the conditions.</param>
/// <param name="Groups">Rows that compete with one another, for example all methods on one task.</param>
public sealed record SummaryTable(string Title, string RowHeading, IReadOnlyList<string> Columns, IReadOnlyList<SummaryGroup> Groups)
{
    /// <summary>The table as cells: each group's name in a row of its own, and the best of each group and column marked.</summary>
    public ReportTable ToReportTable() => new(
        Title,
        [RowHeading, .. Columns],
        [.. Groups.SelectMany(group => group.Rows.Select(row => Cells(group, row)).Prepend([group.Name]))]);

    /// <summary>The table in aligned columns of plain text, the best marked with a star.</summary>
    public string ToText() => ToReportTable().ToText();

    private IReadOnlyList<ReportCell> Cells(SummaryGroup group, SummaryRow row) =>
        [row.Name, .. Columns.Select((_, column) => new ReportCell(row.TextOf(column, group.Format), group.IsBest(row, column)))];
}

/// <summary>Rows that compete with one another.</summary>
/// <param name="Name">What they have in common, usually a task with its metric.</param>
/// <param name="Rows">The competitors.</param>
public sealed record SummaryGroup(string Name, IReadOnlyList<SummaryRow> Rows)
{
    /// <summary>Whether the lowest score is the best, as for a perplexity.</summary>
    public bool LowerIsBetter { get; init; }

    /// <summary>Format of the scores.</summary>
    public string Format { get; init; } = "0.000";

    /// <summary>Whether a row has the best mean of a column, as far as the printed digits tell; never without a competitor.</summary>
    public bool IsBest(SummaryRow row, int column)
    {
        ArgumentNullException.ThrowIfNull(row);
        var means = Rows.Select(other => other.MeanOf(column)).Where(double.IsFinite).ToList();
        if (means.Count < 2 || !double.IsFinite(row.MeanOf(column)))
        {
            return false;
        }

        var best = LowerIsBetter ? means.Min() : means.Max();
        return Measurement.Of(row.MeanOf(column)).ToText(Format) == Measurement.Of(best).ToText(Format);
    }
}

/// <summary>One way.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Cells">Its scores, one per column; null where it was not measured.</param>
public sealed record SummaryRow(string Name, IReadOnlyList<Measurement?> Cells)
{
    internal double MeanOf(int column) => column < Cells.Count ? Cells[column]?.Mean ?? double.NaN : double.NaN;

    internal string TextOf(int column, string format) => column < Cells.Count ? Cells[column]?.ToText(format) ?? "–" : "–";
}
