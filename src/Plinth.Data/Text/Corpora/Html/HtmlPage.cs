namespace Plinth.Data.Text;

/// <summary>What a web page says.</summary>
/// <param name="Text">Its text, one line per block; empty when it has none.</param>
public sealed record HtmlPage(string Text)
{
    /// <summary>What stands in <c>&lt;title&gt;</c>, white space normalised; null where nothing does.</summary>
    public string? Title { get; init; }

    /// <summary>The language that the page declares, as it is written there, for example <c>en-GB</c>; null where it declares none.</summary>
    public string? Language { get; init; }

    /// <summary>The licence that the page declares: an address, or the words of its <c>meta</c> element; null where it declares none.</summary>
    public string? License { get; init; }
}
