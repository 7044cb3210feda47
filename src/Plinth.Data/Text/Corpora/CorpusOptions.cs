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

    /// <summary>Names of the columns of a table that has no header line; null takes them from its first line.</summary>
    public IReadOnlyList<string>? Header { get; init; }

    /// <summary>Whether fields of a table may be quoted. False takes quotes as text, as many tab separated files have them.</summary>
    public bool HasQuotes { get; init; } = true;

    /// <summary>Extensions read as plain text, with their dot; compared without case.</summary>
    public IReadOnlyList<string> TextExtensions { get; init; } = [".txt", ".text", ".md", ".markdown", ".rst"];

    /// <summary>Longest line, table record or whole-file document in bytes.</summary>
    public int MaxLineBytes { get; init; } = 64 << 20;

    /// <summary>Most bytes that one compressed file may expand to.</summary>
    public long MaxExpandedBytes { get; init; } = 16L << 30;

    /// <summary>Largest expansion of compressed data, in bytes out per byte in; looked at beyond 16 MiB.</summary>
    public int MaxExpansionRatio { get; init; } = 200;

    /// <summary>Told about each file of a folder that gave no document and why, for example an empty one.</summary>
    public Action<string>? Skipped { get; init; }
}
