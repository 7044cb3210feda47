namespace Plinth.Data.Text;

/// <summary>Makes a document of a row, whatever file it stands in.</summary>
internal static class RowDocument
{
    /// <summary>The text with what other fields say of it; null when there is no text.</summary>
    /// <param name="text">What the field of the text holds.</param>
    /// <param name="place">File and line.</param>
    /// <param name="field">The text of another field by its name, null where there is none.</param>
    /// <param name="options">Names the fields.</param>
    public static Document? Of(string? text, string place, Func<string, string?> field, CorpusOptions options)
    {
        return string.IsNullOrWhiteSpace(text) ? null : new(text, place) { License = First(options.LicenseFields), Origin = First(options.OriginFields) };

        string? First(IReadOnlyList<string> names) =>
            names.Where(name => name != options.TextField).Select(field).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));
    }
}
