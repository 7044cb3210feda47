using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>How text is read from files that may be large, broken or hostile.</summary>
public sealed record CorpusOptions
{
    /// <summary>What one document of plain text is.</summary>
    public TextUnit Unit { get; init; } = TextUnit.File;

    /// <summary>What happens at bytes that are not UTF-8.</summary>
    public InvalidText InvalidText { get; init; } = InvalidText.Refuse;

    /// <summary>The field of a JSON line, or the column of a table, that holds the text.</summary>
    public string TextField { get; init; } = "text";

    /// <summary>The fields that may name the licence of a row; the first that holds a text counts.</summary>
    public IReadOnlyList<string> LicenseFields { get; init; } = ["license", "licence"];

    /// <summary>The fields that may name whom a row is from; the first that holds a text counts.</summary>
    public IReadOnlyList<string> OriginFields { get; init; } = ["source", "url"];

    /// <summary>Names of the columns of a table that has no header line; null takes them from its first line.</summary>
    public IReadOnlyList<string>? Header { get; init; }

    /// <summary>Whether fields of a table may be quoted. False takes quotes as text, as many tab separated files have them.</summary>
    public bool HasQuotes { get; init; } = true;

    /// <summary>Extensions read as plain text, with their dot; compared without case.</summary>
    public IReadOnlyList<string> TextExtensions { get; init; } = [".txt", ".text", ".md", ".markdown", ".rst"];

    /// <summary>
    /// Whether only the main content of web pages is taken. Left out are then the elements and roles of navigation, footers, asides,
    /// menus and dialogs, what names cookies or consent in its class or id, and blocks that by their words, links and neighbours surround
    /// the content (Kohlschütter et al. 2010, doi:10.1145/1718487.1718542). A page of which nothing is left gives no document.
    /// </summary>
    public bool MainContentOnly { get; init; }

    /// <summary>Extensions read as source code, with their dot; none by default. <see cref="SourceCode.CommonExtensions" /> lists those of the usual languages.</summary>
    public IReadOnlyList<string> CodeExtensions { get; init; } = [];

    /// <summary>Longest line, table record or whole-file document in bytes.</summary>
    public int MaxLineBytes { get; init; } = 64 << 20;

    /// <summary>Most bytes that one packed file may expand to; all files of an archive together.</summary>
    public long MaxExpandedBytes { get; init; } = 16L << 30;

    /// <summary>Largest expansion of compressed data, in bytes out per byte in; looked at beyond 16 MiB.</summary>
    public int MaxExpansionRatio { get; init; } = 200;

    /// <summary>Most fields of a row.</summary>
    public int MaxColumns { get; init; } = 4096;

    /// <summary>Most bytes of one column in one row group of a Parquet file, which is the piece that is read at once.</summary>
    public long MaxRowGroupBytes { get; init; } = 1L << 30;

    /// <summary>Told about each malformed row, which is then left out; null makes it an error.</summary>
    public Action<BadInputException>? BadRow { get; init; }

    /// <summary>Told about each file of a folder or archive that gave no document and why, for example an empty one.</summary>
    public Action<string>? Skipped { get; init; }

    /// <summary>Told about the file itself when it is opened, to follow how far it is read.</summary>
    internal Action<Stream>? Opened { get; init; }

    /// <summary>Makes a row, or leaves it out.</summary>
    internal T? Attempt<T>(Func<T?> make) where T : class
    {
        try
        {
            return make();
        }
        catch (BadInputException error) when (BadRow is not null)
        {
            BadRow(error);
            return null;
        }
    }
}
