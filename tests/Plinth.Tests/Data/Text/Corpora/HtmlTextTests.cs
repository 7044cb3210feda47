using Plinth.Data.Text;

namespace Plinth.Tests.Data.Text.Corpora;

public sealed class HtmlTextTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("<p>one<p>two", "one\ntwo")]
    [InlineData("<p>a  <b>b</b>\n c<br>d</p>e", "a b c\nd\ne")]
    [InlineData("a&amp;b &eacute;&#x1F600;&nbsp;c &unknown; &lt;p>", "a&b é😀 c &unknown; <p>")]
    [InlineData("<div>a<script>if (x < 1) '</p>'</script><style>p{}</style><template><p>t</p></template><noscript>n</noscript>b</div>", "ab")]
    [InlineData("<ul><li>one<li>two <a href=x>link</a></ul>", "one\ntwo link")]
    [InlineData("<table><tr><td>a<td>b<tr><td></td><td>c</td></tr></table>d", "a\tb\nc\nd")]
    [InlineData("<pre>a\n  b</pre>", "a\n  b")]
    [InlineData("<p hidden>no</p><svg><text>no</text></svg><select><option>no</select>yes", "yes")]
    [InlineData("<a href=1>x<a href=2>y</a></a> z", "xy z")]
    [InlineData("</div></p><p>a</b></section>b", "a\nb")]
    [InlineData("<!-- no --><textarea>no</textarea>a<", "a<")]
    public void Blocks_become_lines_and_only_what_is_read_is_kept(string html, string text) => Assert.Equal(text, HtmlText.Read(html).Text);

    [Fact]
    public void The_title_is_said_once_and_language_and_licence_are_found()
    {
        var page = HtmlText.Read("""<html lang="pt-BR"><head><title> A &amp;  B </title><link rel="LICENSE other" href=" https://l.example/ "></head><body><h1>A & B</h1><p>text""");
        Assert.Equal(new HtmlPage("A & B\ntext") { Title = "A & B", Language = "pt-BR", License = "https://l.example/" }, page);
        Assert.Equal("T\ntext", HtmlText.Read("<title>T</title>text").Text);
        Assert.Equal("", HtmlText.Read("<title>T</title><p> ").Text);
    }

    [Theory]
    [InlineData("""<meta name="DC.rights" content="CC0"><a rel=license href="l">x</a>""", "l")]
    [InlineData("""<meta name="license" content="CC0">""", "CC0")]
    [InlineData("""<a href="http://creativecommons.org/licenses/by/4.0/">x</a><a href="https://creativecommons.org/licenses/by/4.0">y</a>""", "https://creativecommons.org/licenses/by/4.0")]
    [InlineData("""<a href="https://creativecommons.org/licenses/by/4.0/">x</a><a href="https://creativecommons.org/licenses/by-sa/3.0/">y</a>""", null)]
    [InlineData("""<a href="https://creativecommons.org/about">x</a>""", null)]
    public void The_surest_declaration_of_a_licence_counts(string html, string? license) => Assert.Equal(license, HtmlText.Read(html + "text").License);

    [Fact]
    public void Main_content_leaves_out_what_surrounds_it()
    {
        const string Prose = "This paragraph is long enough to be prose, for it has many more words than any entry of a menu would ever have.";
        var html = $"""
            <title>T</title><header><a href=/>Home</a> <a href=/a>News</a> <a href=/b>About us</a></header><nav>Some words that no link holds but that stand in the navigation of the page all the same.</nav>
            <div class="CookieBanner">{Prose}</div><main><h2>Heading</h2><p>{Prose}</p><p>{Prose} <a href=x>With a link</a>.</p></main><div role=contentinfo>{Prose}</div>
            <ul><li><a href=1>One</a><li><a href=2>Two</a><li><a href=3>Three</a></ul><p>© 2024</p>
            """;
        Assert.Equal($"T\nHeading\n{Prose}\n{Prose} With a link.", HtmlText.Read(html, mainContentOnly: true).Text);
        Assert.Contains("Home", HtmlText.Read(html).Text, StringComparison.Ordinal);
        Assert.Equal("", HtmlText.Read("<title>T</title><a href=1>One</a>", mainContentOnly: true).Text);
    }

    [Fact]
    public void Words_of_scripts_without_blanks_count_too()
    {
        var prose = string.Concat(Enumerable.Repeat("漢字かな交じり文", 12));
        Assert.Equal(prose, HtmlText.Read($"<ul><li><a href=1>一覧</a><li><a href=2>連絡</a></ul><p>{prose}</p>", mainContentOnly: true).Text);
    }

    [Fact]
    public void The_encoding_is_what_the_page_declares_or_looks_like()
    {
        var windows = System.Text.CodePagesEncodingProvider.Instance.GetEncoding("windows-1251")!;
        folder.Write("a.html", windows.GetBytes("<meta charset='windows-1251'>Привет"));
        folder.Write("b.html", windows.GetBytes("<meta http-equiv=Content-Type content='text/html; charset=CP1251'>мир"));
        folder.Write("c.htm", "é"u8.ToArray());
        folder.Write("d.html", [0xE9, 0x80]);
        folder.Write("e.html", [0xFF, 0xFE, (byte)'u', 0]);
        folder.Write("f.html", [.. "<?xml version='1.0' encoding='iso-8859-1'?>"u8, 0xE9]);
        folder.Write("g.html", [.. "<meta charset=utf-16>"u8, 0xC3, 0xA9, 0xFF]);
        Assert.Equal(["Привет", "мир", "é", "é€", "u", "é", "é\uFFFD"], CorpusFiles.Open(folder.Path).Select(document => document.Text));
    }

    [Fact]
    public void Nesting_and_attributes_without_end_cost_no_more_than_their_length()
    {
        Assert.Equal("x", HtmlText.Read(string.Concat(Enumerable.Repeat("<b a=1>", 200_000)) + "x").Text);
        Assert.Equal("x", HtmlText.Read($"<p {string.Concat(Enumerable.Range(0, 200_000).Select(i => $"a{i}=1 class=a "))}>x").Text);
        Assert.Equal(400_000, HtmlText.Read(string.Concat(Enumerable.Repeat("<p><i><font color=1>x", 200_000))).Text.Count(letter => letter is 'x' or '\n') + 1);
    }
}
