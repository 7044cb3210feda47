using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Opens text in whatever form it comes.</summary>
public static class CorpusFiles
{
    // Every form that is read; where an extension belongs to two the first has it.
    private static readonly CorpusForm[] forms =
    [
        new(options => options.TextExtensions, TextFiles.Read),
        new(_ => JsonLines.Extensions, JsonLines.Read),
        new(_ => Csv.Extensions, Csv.Read),
        new(_ => ParquetCorpus.Extensions, ParquetCorpus.Read),
        new(_ => HtmlFiles.Extensions, HtmlFiles.Read),
        new(_ => WarcFiles.Extensions, WarcFiles.Read),
        new(_ => DocumentationCorpus.Extensions, DocumentationCorpus.Read),
        new(options => options.CodeExtensions, SourceCode.Read),
    ];

    /// <summary>
    /// Streams the documents of a file, folder or archive; the reader goes by extension. Plain text, JSON lines, tables, web pages, crawls
    /// (WARC and WET), XML documentation and source code are read, each also as <c>.gz</c> or <c>.zst</c> and within <c>.zip</c> and
    /// <c>.tar</c>, and Parquet files. Order is fixed: ordinal by path, then
    /// as in the file.
    /// </summary>
    /// <param name="path">File or folder.</param>
    /// <param name="options">How to read; the plain case when left out.</param>
    /// <exception cref="BadInputException">Nothing is there or something is malformed; the message names file and place.</exception>
    public static IEnumerable<Document> Open(string path, CorpusOptions? options = null)
    {
        options ??= new();
        var accepted = string.Join(' ', forms.SelectMany(form => form.Extensions(options)));
        return CorpusWalk.Read(path, options, extension => Form(extension, options) is not null, accepted, file => Form(file.Extension, options)!.Read(file, options));
    }

    private static CorpusForm? Form(string extension, CorpusOptions options) =>
        forms.FirstOrDefault(form => form.Extensions(options).Contains(extension, StringComparer.OrdinalIgnoreCase));

    /// <summary>A form in which text comes.</summary>
    /// <param name="Extensions">Extensions of its files, with their dot.</param>
    /// <param name="Read">Streams the documents of one file.</param>
    private sealed record CorpusForm(Func<CorpusOptions, IReadOnlyList<string>> Extensions, Func<CorpusFile, CorpusOptions, IEnumerable<Document>> Read);
}
