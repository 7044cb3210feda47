using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;

namespace Plinth.Data.Text;

/// <summary>Turns the bytes of a web page into text, as browsers do: by its byte order mark, what came with it, what it declares, else what it looks like.</summary>
internal static partial class WebText
{
    // The standard looks for a declaration in so many bytes.
    private const int DeclarationBytes = 1024;

    // Labels that the standard takes for another, larger encoding: https://encoding.spec.whatwg.org/#names-and-labels
    private static readonly FrozenDictionary<string, string> larger = new Dictionary<string, string>
    {
        ["iso-8859-1"] = "windows-1252", ["latin1"] = "windows-1252", ["ascii"] = "windows-1252", ["us-ascii"] = "windows-1252", ["iso8859-1"] = "windows-1252",
        ["iso-8859-9"] = "windows-1254", ["tis-620"] = "windows-874", ["gb2312"] = "gb18030", ["gbk"] = "gb18030", ["x-gbk"] = "gb18030", ["ks_c_5601-1987"] = "euc-kr",
        ["shift-jis"] = "shift_jis", ["x-sjis"] = "shift_jis", ["sjis"] = "shift_jis", ["utf8"] = "utf-8",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Decodes; what its encoding does not have becomes U+FFFD.</summary>
    /// <param name="bytes">The page.</param>
    /// <param name="contentType">The value of its <c>Content-Type</c> header, null where there is none.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, string? contentType = null)
    {
        var (marked, markLength) = bytes switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (System.Text.Encoding.UTF8, 3),
            [0xFF, 0xFE, ..] => (System.Text.Encoding.Unicode, 2),
            [0xFE, 0xFF, ..] => (System.Text.Encoding.BigEndianUnicode, 2),
            _ => (null, 0),
        };
        return (marked ?? Named(contentType) ?? Declared(bytes) ?? Guessed(bytes)).GetString(bytes[markLength..]);
    }

    private static System.Text.Encoding? Declared(ReadOnlySpan<byte> bytes)
    {
        var head = System.Text.Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, DeclarationBytes)]);
        var declared = Named(Declaration().Match(head).Value);
        // What can be read byte by byte is not UTF-16, whatever it says.
        return declared is null || declared.GetByteCount("a") == 1 ? declared : System.Text.Encoding.UTF8;
    }

    private static System.Text.Encoding Guessed(ReadOnlySpan<byte> bytes) => System.Text.Unicode.Utf8.IsValid(bytes) ? System.Text.Encoding.UTF8 : Named("charset=windows-1252")!;

    private static System.Text.Encoding? Named(string? declaration)
    {
        if (declaration is null || Label().Match(declaration) is not { Success: true } match)
        {
            return null;
        }

        var label = match.Groups[1].Value;
        label = larger.GetValueOrDefault(label, label);
        label = label.StartsWith("cp125", StringComparison.OrdinalIgnoreCase) ? $"windows-{label[2..]}" : label;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(label) ?? System.Text.Encoding.GetEncoding(label);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    [GeneratedRegex("""<(?:meta|\?xml)\s[^>]{0,512}(?:charset|encoding)\s*=[^>]{0,64}""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Declaration();

    [GeneratedRegex("""(?:charset|encoding)\s*=\s*["']?\s*([a-z0-9_:\-]{1,40})""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Label();
}
