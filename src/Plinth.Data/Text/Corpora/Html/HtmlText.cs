namespace Plinth.Data.Text;

/// <summary>
/// Makes readable text of HTML, in time and memory that grow with its length alone: tags are read by the tokenizer of the HTML standard,
/// and no tree is built, so that broken nesting costs nothing.
/// </summary>
public static class HtmlText
{
    /// <summary>
    /// Reads a page. Block elements become lines, cells of a table row are separated by tabs, entities are decoded, white space is
    /// normalised but within <c>pre</c>. Scripts, styles, templates, what <c>noscript</c> holds, controls of forms, drawings and elements
    /// that are <c>hidden</c> are left out. The title is the first line.
    /// </summary>
    /// <param name="html">The page, whole or cut off.</param>
    /// <param name="mainContentOnly">Whether navigation, footers, cookie banners and other repeated parts are left out (<see cref="CorpusOptions.MainContentOnly" />).</param>
    public static HtmlPage Read(string html, bool mainContentOnly = false)
    {
        ArgumentNullException.ThrowIfNull(html);
        var reader = new HtmlReader(mainContentOnly);
        reader.Read(html);
        IReadOnlyList<HtmlBlock> blocks = mainContentOnly ? MainContent.Of(reader.Blocks) : reader.Blocks;
        var head = reader.Head;
        var title = head.Title;
        // A heading that repeats the title is said once.
        if (title is not null && blocks.Count > 0 && blocks[0].Text != title)
        {
            blocks = [new(title, 0, 0, false), .. blocks];
        }

        return new(string.Concat(blocks.Select((block, i) => (i == 0 ? "" : block.ContinuesRow ? "\t" : "\n") + block.Text))) { Title = title, Language = head.Language, License = head.License };
    }
}
