namespace Plinth.Data.Text.Preparation;

/// <summary>Documents to prepare, and what is known of them.</summary>
public sealed record RawSource
{
    /// <summary>File or folder, in any form that <see cref="CorpusFiles"/> reads.</summary>
    public required string Path { get; init; }

    /// <summary>What one document of a plain text file is.</summary>
    public TextUnit Unit { get; init; } = TextUnit.File;

    /// <summary>The field of a JSON line, or the column of a table, that holds the text.</summary>
    public string TextField { get; init; } = "text";

    /// <summary>The licence of documents that name none, such as <c>CC-BY-SA-4.0</c>.</summary>
    public string? License { get; init; }

    /// <summary>The origin of documents that name none: a collection, or an address.</summary>
    public string? Origin { get; init; }

    /// <summary>Whether malformed rows are left out, remarked and counted; else they end the preparation.</summary>
    public bool SkipsBadRows { get; init; }
}
