using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Reads the header lines that WARC and HTTP have in common: names and values, up to a blank line.</summary>
internal static class HeaderLines
{
    public const int LongestLine = 1 << 16;
    private const int MostLines = 1024;

    /// <summary>The fields by name, without case; of a name that stands twice the first counts.</summary>
    /// <param name="stream">Is read up to the blank line.</param>
    /// <param name="place">What messages call it.</param>
    /// <exception cref="BadInputException">They are too many or too long, or end too early.</exception>
    public static Dictionary<string, string> Read(Stream stream, string place)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        string? last = null;
        for (var count = 0; count < MostLines; count++)
        {
            var line = Line(stream) ?? throw new BadInputException($"{place} ends within its header.");
            if (line.Length == 0)
            {
                return fields;
            }

            if (line.Length >= LongestLine)
            {
                throw new BadInputException($"{place}: a line of its header is longer than {LongestLine:N0} bytes.");
            }

            if (line[0] is ' ' or '\t' && last is not null)
            {
                // A value may go on over several lines; in all it is no longer than so many lines.
                fields[last] += " " + line.Trim();
            }
            else if (line.IndexOf(':') is > 0 and var colon)
            {
                last = line[..colon].Trim();
                last = fields.TryAdd(last, line[(colon + 1)..].Trim()) ? last : null;
            }
        }

        throw new BadInputException($"{place}: its header has more than {MostLines:N0} lines.");
    }

    /// <summary>The next line without its end, null at the end of the stream. A line that is too long comes in pieces of <see cref="LongestLine"/>.</summary>
    public static string? Line(Stream stream)
    {
        var bytes = new List<byte>(64);
        while (bytes.Count < LongestLine)
        {
            var next = stream.ReadByte();
            if (next < 0 && bytes.Count == 0)
            {
                return null;
            }

            if (next is < 0 or '\n')
            {
                break;
            }

            bytes.Add((byte)next);
        }

        if (bytes is [.., (byte)'\r'])
        {
            bytes.RemoveAt(bytes.Count - 1);
        }

        return System.Text.Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes));
    }
}
