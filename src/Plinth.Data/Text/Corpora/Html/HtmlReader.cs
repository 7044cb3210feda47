using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;
using AngleSharp.Html.Parser.Tokens.Struct;
using AngleSharp.Text;

namespace Plinth.Data.Text;

/// <summary>Walks over the tags of a page and gathers its blocks.</summary>
/// <param name="leavesOutSurroundings">Whether parts that say of themselves that they surround the content are passed over.</param>
internal sealed class HtmlReader(bool leavesOutSurroundings)
{
    // As browsers have it; what is deeper is read as if it stood there.
    private const int DeepestElement = 512;

    private readonly List<OpenElement> open = [];
    private readonly HtmlBlockBuilder builder = new();
    private readonly List<HtmlBlock> blocks = [];
    private int leftOut, links, preformatted;
    private bool isInCell, rowHasText, continuesRow;

    public IReadOnlyList<HtmlBlock> Blocks => blocks;

    public HtmlHead Head { get; } = new();

    public void Read(string html)
    {
        using var source = new TextSource(html);
        using var tokenizer = new HtmlTokenizer(source, HtmlEntityProvider.Resolver)
        {
            SkipComments = true,
            SkipScriptText = true,
            ShouldEmitAttribute = static (ref StructHtmlToken _, ReadOnlyMemory<char> name) => HtmlElements.IsLookedAt(name.Span),
        };
        while (tokenizer.Get() is { Type: not HtmlTokenType.EndOfFile } token)
        {
            switch (token)
            {
                case HtmlTagToken { Type: HtmlTokenType.StartTag } tag:
                    Start(tag);
                    tokenizer.State = Mode(tag.Name);
                    break;
                case HtmlTagToken { Type: HtmlTokenType.EndTag } tag:
                    End(tag.Name);
                    break;
                case { Type: HtmlTokenType.Character }:
                    Text(token.Data);
                    break;
                default:
                    break;
            }
        }

        Break();
    }

    // How the standard reads on after a start tag: text in which tags mean nothing, with or without entities.
    private static HtmlParseMode Mode(string name) => name switch
    {
        "script" => HtmlParseMode.Script,
        "style" or "xmp" or "iframe" or "noembed" or "noframes" => HtmlParseMode.Rawtext,
        "title" or "textarea" => HtmlParseMode.RCData,
        _ => HtmlParseMode.PCData,
    };

    private void Start(HtmlTagToken tag)
    {
        Head.See(tag);
        var name = tag.Name;
        if (HtmlElements.Unclosed.Contains(name) && open.Count > 0 && open[^1].Name == name)
        {
            End(name);
        }

        if (name == "br" && leftOut == 0)
        {
            builder.LineBreak();
        }

        Border(name);
        if (name is "td" or "th" && leftOut == 0)
        {
            (continuesRow, isInCell) = (rowHasText, true);
        }

        if (name == "a")
        {
            // The standard ends a link where another begins.
            End(name);
        }

        var element = new OpenElement(name, IsLeftOut(tag));
        var isAwaited = element.IsLeftOut || !HtmlElements.Unclosed.Contains(name);
        if (isAwaited && !tag.IsSelfClosing && !HtmlElements.Void.Contains(name) && open.Count < DeepestElement)
        {
            open.Add(element);
            Count(element, 1);
        }
    }

    private void End(string name)
    {
        var at = open.FindLastIndex(element => element.Name == name);
        if (at >= 0)
        {
            for (var i = open.Count - 1; i >= at; i--)
            {
                Count(open[i], -1);
            }

            open.RemoveRange(at, open.Count - at);
        }

        Border(name);
    }

    private void Border(string name)
    {
        if (leftOut > 0)
        {
            return;
        }

        if (HtmlElements.Blocks.Contains(name))
        {
            Break();
        }

        if (name is "tr" or "table")
        {
            (isInCell, rowHasText, continuesRow) = (false, false, false);
        }
    }

    private void Count(OpenElement element, int step)
    {
        leftOut += element.IsLeftOut ? step : 0;
        links += element.Name == "a" ? step : 0;
        preformatted += element.Name == "pre" ? step : 0;
    }

    private void Text(string text)
    {
        if (open.Count > 0 && open[^1].Name == "title")
        {
            // Drawings have titles too, which are left out with them.
            Head.Title ??= leftOut > 0 ? null : Normalized(text);
        }
        else if (leftOut == 0)
        {
            builder.Add(text, links > 0, preformatted > 0);
        }
    }

    private void Break()
    {
        if (builder.Take(continuesRow) is { } block)
        {
            blocks.Add(block);
            (rowHasText, continuesRow) = (isInCell, false);
        }
    }

    private static string? Normalized(string text)
    {
        var line = new HtmlBlockBuilder();
        line.Add(text, isLinked: false, keepsSpace: false);
        return line.Take(continuesRow: false)?.Text;
    }

    private bool IsLeftOut(HtmlTagToken tag) =>
        HtmlElements.LeftOut.Contains(tag.Name) || tag.Attributes.Any(attribute => attribute.Name == "hidden")
        || (leavesOutSurroundings && !HtmlElements.Structure.Contains(tag.Name) && IsSurrounding(tag));

    private static bool IsSurrounding(HtmlTagToken tag) =>
        HtmlElements.Surrounding.Contains(tag.Name)
        || HtmlElements.SurroundingRoles.Contains(tag.GetAttribute("role").Trim().ToLowerInvariant())
        || HtmlElements.ConsentWords.Any(word => Says(tag, "class", word) || Says(tag, "id", word));

    private static bool Says(HtmlTagToken tag, string attribute, string word) => tag.GetAttribute(attribute).Contains(word, StringComparison.OrdinalIgnoreCase);

    private readonly record struct OpenElement(string Name, bool IsLeftOut);
}
