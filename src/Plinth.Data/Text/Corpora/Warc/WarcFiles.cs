using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>
/// Crawls: pages and texts of WARC files (<c>.warc</c>, ISO 28500) and the texts that Common Crawl extracts from them (<c>.wet</c>).
/// Documents are successful answers and resources that are HTML or plain text, and conversions; their origin is the address.
/// </summary>
internal static class WarcFiles
{
    public static IReadOnlyList<string> Extensions { get; } = [".warc", ".wet"];

    /// <exception cref="BadInputException">A record is malformed and the options do not leave it out; the message names file and record.</exception>
    public static IEnumerable<Document> Read(CorpusFile file, CorpusOptions options)
    {
        foreach (var record in new WarcReader(file, options).Read(IsWanted))
        {
            if (options.Attempt(() => Document(record, options)) is { } document)
            {
                yield return document with { Origin = record.Header.Target, Language = document.Language ?? record.Header.Language };
            }
        }
    }

    private static bool IsWanted(WarcHeader header) => header.Type switch
    {
        "response" => MediaType(header.ContentType) == "application/http",
        "resource" or "conversion" => IsText(header.ContentType),
        _ => false,
    };

    private static Document? Document(WarcRecord record, CorpusOptions options)
    {
        var header = record.Header;
        return header.Type != "response" ? Document(record.Block, header.ContentType, header.Place, options)
            : HttpResponse.Read(record.Block, header.Place, options) is { } response && IsText(response.ContentType) ? Document(response.Body, response.ContentType, header.Place, options)
            : null;
    }

    private static Document? Document(byte[] body, string contentType, string place, CorpusOptions options)
    {
        var text = WebText.Decode(body, contentType);
        return IsHtml(contentType) ? HtmlFiles.Of(text, place, options) : string.IsNullOrWhiteSpace(text) ? null : new(text, place);
    }

    private static bool IsText(string contentType) => IsHtml(contentType) || MediaType(contentType) == "text/plain";

    private static bool IsHtml(string contentType) => MediaType(contentType) is "text/html" or "application/xhtml+xml";

    private static string MediaType(string contentType) => contentType.Split(';')[0].Trim().ToLowerInvariant();
}
