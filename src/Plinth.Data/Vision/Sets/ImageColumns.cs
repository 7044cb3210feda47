using Plinth.Data.Text;

namespace Plinth.Data.Vision;

/// <summary>Which field of a JSON line, or column of a table, holds which part of a sample. Null: the samples have no such part.</summary>
public sealed record ImageColumns
{
    /// <summary>Of a table of boxes, where nobody has named columns.</summary>
    public static ImageColumns OfBoxes { get; } = new() { Boxes = "objects" };

    /// <summary>The picture: its path within the folder or archive of the pictures, or in Parquet its bytes or a record of <c>bytes</c> and <c>path</c>.</summary>
    public string Image { get; init; } = "image";

    /// <summary>The second picture of a pair, in the same form.</summary>
    public string? Pair { get; init; }

    /// <summary>What is put behind each path, for tables that name files without their extension.</summary>
    public string Suffix { get; init; } = "";

    /// <summary>The class by name.</summary>
    public string? Label { get; init; }

    /// <summary>All classes that apply: an array of names, in a table names separated by <c>|</c>.</summary>
    public string? LabelSet { get; init; }

    /// <summary>A number to predict.</summary>
    public string? Value { get; init; }

    /// <summary>Texts that describe the picture: one, or an array of them, in a table separated by <c>|</c>.</summary>
    public string? Captions { get; init; }

    /// <summary>Words that go with the picture: an array of them, in a table separated by <c>|</c>. Together, with commas between, they are one more caption.</summary>
    public string? Keywords { get; init; }

    /// <summary>Boxes: <c>{"bbox": [[left, top, width, height], ...], "category": [name, ...]}</c> in pixels. JSON lines only.</summary>
    public string? Boxes { get; init; }

    /// <summary>Questions: <c>[{"question": text, "answers": [text, ...]}, ...]</c>. JSON lines only.</summary>
    public string? Questions { get; init; }

    /// <summary>Whether only texts are read, of which a picture may have several.</summary>
    internal bool AreTextsAlone => (Captions ?? Keywords ?? Questions) is not null && Label is null && LabelSet is null && Value is null && Boxes is null;

    /// <summary>The column of the picture where columns are named as for texts: that of the text, unless nobody has named it.</summary>
    /// <param name="columns">Columns as for texts.</param>
    public static string PictureIn(SampleColumns columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return columns.Text is { } named && named != new SampleColumns().Text ? named : new ImageColumns().Image;
    }
}
