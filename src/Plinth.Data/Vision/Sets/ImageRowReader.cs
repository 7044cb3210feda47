using Plinth.Core;
using Plinth.Data.Formats;

namespace Plinth.Data.Vision;

/// <summary>Finds the picture of each row of a table, for whoever walks through the rows himself.</summary>
/// <param name="columns">Which column is what; classes stay unread.</param>
/// <param name="folder">The folder or zip archive in which named pictures lie.</param>
/// <param name="options">Limits and rules; the plain case when left out.</param>
public sealed class ImageRowReader(ImageColumns columns, string folder, ImageSetOptions? options = null)
{
    private readonly ImageRows rows = new(columns with { Label = null, LabelSet = null }, new(() => ImageStore.Open(folder, options ?? new())), options ?? new());

    /// <summary>The sample of a row; the picture is decoded when it is asked for.</summary>
    /// <exception cref="BadInputException">The picture cannot be read, its path leads out of the folder, or a field is missing.</exception>
    public ImageSample Read(DataRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return rows.Read(row).Sample;
    }
}
