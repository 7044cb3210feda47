using System.Text;
using System.Xml;

namespace Plinth.Recipes.Reports;

/// <summary>Makes any string fit to stand in a page, a file of text or a terminal.</summary>
public static class PlainText
{
    /// <summary>The text with U+FFFD for what XML cannot hold (control characters, lone surrogates) and for escape sequences' starts.</summary>
    public static string Clean(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]))
            {
                clean.Append(text[i]).Append(text[++i]);
            }
            else
            {
                clean.Append(XmlConvert.IsXmlChar(text[i]) && !(char.IsControl(text[i]) && text[i] is not ('\n' or '\t' or '\r')) ? text[i] : '\uFFFD');
            }
        }

        return clean.ToString();
    }
}
