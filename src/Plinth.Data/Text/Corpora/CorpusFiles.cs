using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Opens text in whatever form it comes.</summary>
public static class CorpusFiles
{
    /// <summary>
    /// Streams the documents of a file or folder; the reader goes by extension: plain text, JSON lines, tables, each also as
    /// <c>.gz</c>. Order is fixed: ordinal by path, then as in the file.
    /// </summary>
    /// <param name="path">File or folder.</param>
    /// <param name="options">How to read; the plain case when left out.</param>
    /// <exception cref="BadInputException">Nothing is there or something is malformed; the message names file and place.</exception>
    public static IEnumerable<Document> Open(string path, CorpusOptions? options = null)
    {
        options ??= new();
        var accepted = $"{string.Join(" ", options.TextExtensions)} .jsonl .ndjson .csv .tsv";
        return CorpusWalk.Read(path, options, e => Reader(e, options) is not null, accepted, f => Reader(f.Extension, options)!(f, options));
    }

    private static Func<CorpusFile, CorpusOptions, IEnumerable<Document>>? Reader(string extension, CorpusOptions options) =>
        TextFiles.IsText(extension, options) ? TextFiles.Read
        : JsonLines.IsJsonLines(extension) ? JsonLines.Read
        : Csv.IsTable(extension) ? Csv.Read
        : null;
}
