using System.Globalization;
using System.Text;

namespace Plinth.Recipes.Reports;

/// <summary>What a report says, apart from how it looks.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Subtitle">One line below it: what was run, when, how long.</param>
/// <param name="Sections">The parts, in order.</param>
public sealed record ReportModel(string Title, string Subtitle, IReadOnlyList<ReportSection> Sections)
{
    /// <summary>Where the numbers come from: versions, machine, seeds, times. Shown last.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>A report whose subtitle is the present time.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="sections">The parts, in order.</param>
    public static ReportModel Now(string title, IReadOnlyList<ReportSection> sections) =>
        new(title, DateTime.Now.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), sections);
}

/// <summary>A part with a heading.</summary>
/// <param name="Heading">The heading.</param>
/// <param name="Blocks">What stands below it, in order.</param>
public sealed record ReportSection(string Heading, IReadOnlyList<ReportBlock> Blocks);

/// <summary>Something that a section can hold.</summary>
public abstract record ReportBlock;

/// <summary>Prose.</summary>
/// <param name="Text">Plain text; nothing in it is markup.</param>
public sealed record ReportParagraph(string Text) : ReportBlock;

/// <summary>Something the model wrote.</summary>
/// <param name="Prompt">What it was given.</param>
/// <param name="Text">How it went on.</param>
/// <param name="Caption">What made it, or null.</param>
public sealed record ReportSample(string Prompt, string Text, string? Caption = null) : ReportBlock;

/// <summary>Pictures side by side.</summary>
/// <param name="Pictures">In their order.</param>
public sealed record ReportPictures(IReadOnlyList<ReportPicture> Pictures) : ReportBlock;

/// <summary>A small picture with what is said of it.</summary>
/// <param name="Jpeg">The bytes of a JPEG file.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Name">Its name.</param>
/// <param name="Lines">What stands below it.</param>
public sealed record ReportPicture(ReadOnlyMemory<byte> Jpeg, int Width, int Height, string Name, IReadOnlyList<string> Lines);

/// <summary>A table.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Header">Names of the columns.</param>
/// <param name="Rows">Rows of as many cells; a row of one cell is a heading across the table.</param>
public sealed record ReportTable(string Caption, IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<ReportCell>> Rows) : ReportBlock
{
    /// <summary>The table in aligned columns of plain text, the best marked with a star; what stands below a heading is set in.</summary>
    public string ToText()
    {
        var indent = Rows.Any(row => row.Count == 1) ? "  " : "";
        var rows = Rows.Where(row => row.Count > 1).Select(row => row.Select(Mark).ToList()).Prepend([.. Header.Select(name => name + " ")]).ToList();
        int[] widths = [.. Enumerable.Range(0, Header.Count).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder(PlainText.Clean(Caption)).Append('\n');
        Append("", rows[0]);
        foreach (var row in Rows)
        {
            if (row.Count == 1)
            {
                text.Append(PlainText.Clean(row[0].Text)).Append('\n');
            }
            else
            {
                Append(indent, [.. row.Select(Mark)]);
            }
        }

        return text.ToString();

        void Append(string start, List<string> cells) => text
            .Append((start + cells[0]).PadRight(widths[0] + indent.Length))
            .Append(string.Concat(cells.Skip(1).Select((cell, column) => "  " + cell.PadLeft(widths[column + 1]))).TrimEnd())
            .Append('\n');
    }

    private static string Mark(ReportCell cell) => PlainText.Clean(cell.Text) + (cell.IsBest ? "*" : " ");
}

/// <summary>One cell of a table.</summary>
/// <param name="Text">What stands in it.</param>
/// <param name="IsBest">Whether it is highlighted as the best of its kind.</param>
public readonly record struct ReportCell(string Text, bool IsBest = false)
{
    /// <summary>A plain cell.</summary>
    public static implicit operator ReportCell(string text) => FromString(text);

    /// <summary>A plain cell.</summary>
    public static ReportCell FromString(string text) => new(text);
}
