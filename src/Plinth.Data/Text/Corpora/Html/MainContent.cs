namespace Plinth.Data.Text;

/// <summary>
/// Tells the blocks that are a page's own from those that surround it on every page of its site, by their words and links and those of
/// their neighbours (Kohlschütter, Fankhauser and Nejdl 2010, "Boilerplate Detection using Shallow Text Features",
/// doi:10.1145/1718487.1718542; the decision tree by numbers of words).
/// </summary>
internal static class MainContent
{
    // Learnt by the authors from 621 hand-labelled news pages.
    private const double MostLinked = 1.0 / 3, LinkedNeighbour = 5.0 / 9;
    private const int AloneAfterLinks = 40, BeforeProse = 17, Alone = 16, NextToProse = 15, AfterWords = 4;

    /// <summary>The blocks that are kept, in order.</summary>
    public static IReadOnlyList<HtmlBlock> Of(IReadOnlyList<HtmlBlock> blocks) =>
        [.. Enumerable.Range(0, blocks.Count).Where(i => IsContent(blocks[i], i == 0 ? default : blocks[i - 1], i + 1 == blocks.Count ? default : blocks[i + 1])).Select(i => blocks[i])];

    private static bool IsContent(HtmlBlock block, HtmlBlock previous, HtmlBlock next) =>
        block.LinkDensity <= MostLinked
        && (previous.LinkDensity <= LinkedNeighbour
            ? block.WordCount > Alone || next.WordCount > NextToProse || previous.WordCount > AfterWords
            : block.WordCount > AloneAfterLinks || next.WordCount > BeforeProse);
}
