using System.Text;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Reads plain text: a file, a folder with all below it in a fixed order, and <c>.gz</c>.</summary>
public static class TextFiles
{
    private const int LongestParagraph = 1 << 20;

    /// <summary>Streams the documents below a path.</summary>
    /// <param name="path">File or folder. In folders only the text extensions are read.</param>
    /// <param name="options">How to read; the plain case when left out.</param>
    /// <exception cref="BadInputException">Nothing is there, or a file cannot be read as text; the message names file and place.</exception>
    public static IEnumerable<Document> Read(string path, CorpusOptions? options = null)
    {
        options ??= new();
        var single = File.Exists(path);
        return CorpusWalk.Read(path, options, e => single || IsText(e, options), string.Join(" ", options.TextExtensions), f => Read(f, options));
    }

    internal static bool IsText(string extension, CorpusOptions options) => options.TextExtensions.Contains(extension, StringComparer.OrdinalIgnoreCase);

    internal static IEnumerable<Document> Read(CorpusFile file, CorpusOptions options) => options.Unit switch
    {
        TextUnit.Paragraph => Paragraphs(file, options),
        TextUnit.Line => Utf8Lines.Read(file, options)
            .Where(line => !string.IsNullOrWhiteSpace(line.Text)).Select(line => new Document(line.Text, $"{file.Name}:{line.Number}")),
        _ => Whole(file, options),
    };

    private static IEnumerable<Document> Whole(CorpusFile file, CorpusOptions options)
    {
        var text = Utf8Lines.ReadWhole(file, options);
        if (!string.IsNullOrWhiteSpace(text))
        {
            yield return new(text, file.Name);
        }
    }

    /// <summary>A paragraph beyond a million characters is cut at the next line, so that memory stays bounded.</summary>
    private static IEnumerable<Document> Paragraphs(CorpusFile file, CorpusOptions options)
    {
        var paragraph = new StringBuilder();
        var first = 1L;
        foreach (var line in Utf8Lines.Read(file, options))
        {
            var blank = string.IsNullOrWhiteSpace(line.Text);
            if (paragraph.Length > 0 && (blank || paragraph.Length > LongestParagraph))
            {
                yield return new(paragraph.ToString(), $"{file.Name}:{first}");
                paragraph.Clear();
            }

            if (!blank)
            {
                first = paragraph.Length == 0 ? line.Number : first;
                paragraph.Append(paragraph.Length == 0 ? "" : "\n").Append(line.Text);
            }
        }

        if (paragraph.Length > 0)
        {
            yield return new(paragraph.ToString(), $"{file.Name}:{first}");
        }
    }
}
