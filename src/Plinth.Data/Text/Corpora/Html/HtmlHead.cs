using AngleSharp.Html.Parser.Tokens;

namespace Plinth.Data.Text;

/// <summary>What a page declares of itself: title, language, licence.</summary>
internal sealed class HtmlHead
{
    private const int MostCommonsLinks = 64;

    // Where a licence is declared, the surest first.
    private enum LicensePlace
    {
        LinkElement,
        MarkedLink,
        MetaElement,
    }

    private static readonly string[] metaNames = ["license", "dc.rights", "dcterms.rights", "dcterms.license", "rights"];

    private readonly SortedDictionary<LicensePlace, string> licenses = [];
    private readonly HashSet<string> commons = new(StringComparer.OrdinalIgnoreCase);

    public string? Title { get; set; }

    public string? Language { get; private set; }

    /// <summary>The surest declaration; a mere link to a Creative Commons licence counts when all such links of the page name the same.</summary>
    public string? License => licenses.Count > 0 ? licenses.First().Value : commons.Count == 1 ? commons.First() : null;

    /// <summary>Looks at a start tag.</summary>
    public void See(HtmlTagToken tag)
    {
        switch (tag.Name)
        {
            case "html":
                Language ??= Text(tag, "lang") ?? Text(tag, "xml:lang");
                break;
            case "meta":
                Meta(tag);
                break;
            case "link" when IsLicense(tag):
                Declare(LicensePlace.LinkElement, Text(tag, "href"));
                break;
            case "a" when IsLicense(tag):
                Declare(LicensePlace.MarkedLink, Text(tag, "href"));
                break;
            case "a" when Text(tag, "href") is { } address && commons.Count < MostCommonsLinks && IsCommons(address):
                commons.Add(address.TrimEnd('/').Replace("http://", "https://", StringComparison.OrdinalIgnoreCase));
                break;
            default:
                break;
        }
    }

    private void Meta(HtmlTagToken tag)
    {
        var name = Text(tag, "name") ?? Text(tag, "property");
        if (name is not null && metaNames.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            Declare(LicensePlace.MetaElement, Text(tag, "content"));
        }
        else if ("content-language".Equals(Text(tag, "http-equiv"), StringComparison.OrdinalIgnoreCase))
        {
            Language ??= Text(tag, "content");
        }
    }

    private void Declare(LicensePlace place, string? license)
    {
        if (license is not null)
        {
            licenses.TryAdd(place, license);
        }
    }

    private static bool IsLicense(HtmlTagToken tag) =>
        Text(tag, "rel")?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Contains("license", StringComparer.OrdinalIgnoreCase) == true;

    private static bool IsCommons(string address) =>
        address.Contains("creativecommons.org/licenses/", StringComparison.OrdinalIgnoreCase) || address.Contains("creativecommons.org/publicdomain/", StringComparison.OrdinalIgnoreCase);

    // An attribute that is not there is given as an empty one.
    private static string? Text(HtmlTagToken tag, string attribute) => tag.GetAttribute(attribute).Trim() is { Length: > 0 } text ? text : null;
}
