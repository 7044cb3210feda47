using System.Text.RegularExpressions;
using System.Xml.Linq;
using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Recipes.Reports;

namespace Plinth.Tests.Recipes.Reports;

/// <summary>Pictures with their answers on one page.</summary>
public sealed class ContactSheetTests
{
    [Fact]
    public void Pictures_are_small_boxes_are_drawn_and_names_are_escaped()
    {
        var sheet = new ContactSheet("detect");
        var image = new RgbImage(480, 960, RgbColor.White);
        sheet.Add(new(ImageSource.Of(image, "<script>alert(1)</script>.png")), new BoxAnswer([new("<b>cat", 0.9, 400, 200, 2000, 100)]));
        sheet.Add(new(ImageSource.Of(image, "empty.png")), new BoxAnswer([]));
        var html = HtmlReport.Render(sheet.Report());
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.Contains("img-src data:", html, StringComparison.Ordinal);
        Assert.NotNull(XDocument.Parse(html[html.IndexOf("<html", StringComparison.Ordinal)..]));
        var thumbnails = Regex.Matches(html, "src=\"data:image/jpeg;base64,([^\"]+)\"").Select(match => ImageDecoder.Decode(Convert.FromBase64String(match.Groups[1].Value), "thumbnail")).ToList();
        Assert.All(thumbnails, thumbnail => Assert.Equal((120, 240), (thumbnail.Height, thumbnail.Width)));
        // 400, 200 of the picture is 100, 50 here; the box reaches beyond the right edge.
        Assert.True(thumbnails[0][60, 100].Green < 200);
        Assert.True(thumbnails[0][60, 50].Green > 240);
        Assert.True(thumbnails[1][60, 100].Green > 240);
        Assert.All(image.Pixels, value => Assert.Equal(255, value));
    }
}
