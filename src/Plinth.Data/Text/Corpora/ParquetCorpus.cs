using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Data.Formats;

namespace Plinth.Data.Text;

/// <summary>The text column of a Parquet file; of the others only those are read that name licence and origin.</summary>
internal static class ParquetCorpus
{
    public static IReadOnlyList<string> Extensions { get; } = [RowFiles.Parquet];

    /// <exception cref="BadInputException">The file is damaged, lacks the column or lies in an archive; the message names file and row.</exception>
    public static IEnumerable<Document> Read(CorpusFile file, CorpusOptions options)
    {
        if (file.Path is not { } path)
        {
            throw new BadInputException($"{file.Name}: Parquet files are read from disk, since their table of contents stands at the end. Unpack it and give the folder.");
        }

        using var rows = new ParquetRows(path, options, [options.TextField, .. options.LicenseFields, .. options.OriginFields]);
        if (!rows.Names.Contains(options.TextField))
        {
            throw new BadInputException($"{path}: there is no column '{options.TextField}'. Columns: {string.Join(", ", rows.Names.Take(40).Select(name => $"'{name}'"))}.");
        }

        foreach (var row in rows.Rows())
        {
            if (options.Attempt(() => RowDocument.Of(Text(row, options.TextField), row.Place, name => Optional(row, name), options)) is { } document)
            {
                yield return document;
            }
        }
    }

    private static string? Text(DataRow row, string field) => row.Fields[field] is not { } value ? null
        : Optional(row, field) ?? throw new BadInputException($"{row.Place}: '{field}' is {Kind(value)}, not a string.");

    private static string? Optional(DataRow row, string field) => row.Fields[field] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static string Kind(JsonNode value) => value is JsonValue plain && plain.TryGetValue<byte[]>(out _) ? "bytes" : value.GetValueKind().ToString().ToLowerInvariant();
}
