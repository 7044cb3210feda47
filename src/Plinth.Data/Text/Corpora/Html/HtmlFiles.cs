namespace Plinth.Data.Text;

/// <summary>Web pages that were saved as files: one document each.</summary>
internal static class HtmlFiles
{
    public static IReadOnlyList<string> Extensions { get; } = [".html", ".htm", ".xhtml"];

    public static IEnumerable<Document> Read(CorpusFile file, CorpusOptions options)
    {
        using var bytes = Utf8Lines.ReadStream(file, options);
        if (Of(WebText.Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)), file.Name, options) is { } document)
        {
            yield return document;
        }
    }

    /// <summary>The document of a page; null when it has no text.</summary>
    public static Document? Of(string html, string source, CorpusOptions options)
    {
        var page = HtmlText.Read(html, options.MainContentOnly);
        return page.Text.Length == 0 ? null : new(page.Text, source) { Language = page.Language, License = page.License };
    }
}
