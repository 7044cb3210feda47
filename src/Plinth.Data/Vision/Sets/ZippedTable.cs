using System.IO.Compression;
using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Data.Text;

namespace Plinth.Data.Vision;

/// <summary>A table that stands in a zip archive.</summary>
internal sealed record ZippedTable(string Archive, string Entry)
{
    private const string Inside = ".zip/";

    /// <summary>Sees through a path such as <c>captions.zip/en.tsv</c>; null for any other.</summary>
    public static ZippedTable? Find(string path)
    {
        for (var at = path.IndexOf(Inside, StringComparison.OrdinalIgnoreCase); at >= 0; at = path.IndexOf(Inside, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            var archive = path[..(at + Inside.Length - 1)];
            if (File.Exists(archive))
            {
                return new(archive, path[(at + Inside.Length)..]);
            }
        }

        return null;
    }

    /// <exception cref="BadInputException">The archive or its entry cannot be read.</exception>
    public RowSource Open(ImageSetOptions options)
    {
        var name = $"{Archive}/{Entry}";
        var extension = CorpusWalk.ExtensionOf(Entry, out var packing);
        return packing is null && RowFiles.Holds(extension) && extension != ".parquet"
            ? new TextRows(new(name, extension, () => Stream(name, options.Rows)), options.Rows)
            : throw new BadInputException($"{name}: in a zip archive tables are read as .csv, .tsv, .jsonl or .ndjson. Unpack it first.");
    }

    private GuardedStream Stream(string name, CorpusOptions options)
    {
        try
        {
            var archive = new ZipArchive(CorpusWalk.OpenFile(Archive), ZipArchiveMode.Read);
            var entry = archive.GetEntry(Entry) ?? throw new BadInputException($"There is no '{Entry}' in {Archive}.");
            return new GuardedStream(entry.Open(), name, new(name, entry.CompressedLength, options), archive);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or NotSupportedException)
        {
            throw new BadInputException($"{name} cannot be unpacked: {error.Message.TrimEnd('.')}. Fetch the archive or pack it again.", error);
        }
    }
}
