using System.Collections.Frozen;

namespace Plinth.Data.Text;

/// <summary>What the elements of HTML mean for the text of a page.</summary>
internal static class HtmlElements
{
    /// <summary>Their borders end a line.</summary>
    public static FrozenSet<string> Blocks { get; } = Set(
        "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html " +
        "legend li main menu nav ol optgroup option p pre search section summary table tbody td tfoot th thead title tr ul");

    /// <summary>Never text of the page.</summary>
    public static FrozenSet<string> LeftOut { get; } = Set(
        "script style template noscript svg math iframe noembed noframes object canvas audio video map select datalist button textarea");

    /// <summary>Parts that surround the content.</summary>
    public static FrozenSet<string> Surrounding { get; } = Set("nav footer aside menu dialog");

    /// <summary>Values of <c>role</c> for such parts.</summary>
    public static FrozenSet<string> SurroundingRoles { get; } = Set("navigation banner contentinfo complementary search dialog alertdialog menu menubar toolbar");

    /// <summary>Elements that hold a page whatever their class says.</summary>
    public static FrozenSet<string> Structure { get; } = Set("html body main article");

    /// <summary>Words in the class or id of what asks for consent.</summary>
    public static IReadOnlyList<string> ConsentWords { get; } = ["cookie", "consent", "gdpr"];

    /// <summary>They have no end.</summary>
    public static FrozenSet<string> Void { get; } = Set("area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr");

    /// <summary>Their end may be left out, so it is not waited for.</summary>
    public static FrozenSet<string> Unclosed { get; } = Set("p li dt dd tr td th thead tbody tfoot colgroup option optgroup rp rt html body");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> attributes =
        Set("lang xml:lang rel href name property content http-equiv class id role hidden").GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether an attribute means anything here; the others are not kept.</summary>
    public static bool IsLookedAt(ReadOnlySpan<char> attribute) => attributes.Contains(attribute);

    private static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
