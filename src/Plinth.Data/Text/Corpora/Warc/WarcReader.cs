using System.Globalization;
using Plinth.Core;
using Plinth.Data.Formats;

namespace Plinth.Data.Text;

/// <summary>
/// Reads the records of a WARC file (ISO 28500) one at a time. What stands between records, or in one that is malformed, is passed over up
/// to the next line that begins a record.
/// </summary>
internal sealed class WarcReader(CorpusFile file, CorpusOptions options)
{
    private const string Mark = "WARC/";
    private const int Chunk = 1 << 16, ShownCharacters = 60;

    private readonly byte[] chunk = new byte[Chunk];
    private long count;

    /// <summary>Streams the records that are wanted; the blocks of others are never held.</summary>
    /// <param name="isWanted">Decides by the header.</param>
    /// <exception cref="BadInputException">A record is malformed and the options do not leave it out; the message names file and record.</exception>
    public IEnumerable<WarcRecord> Read(Func<WarcHeader, bool> isWanted)
    {
        using var stream = new BufferedStream(file.Open(), Chunk);
        while (Find(stream))
        {
            count++;
            if (options.Attempt(() => Header(stream)) is { } header && options.Attempt(() => isWanted(header) ? Record(stream, header) : Skip(stream, header)) is { } record)
            {
                yield return record;
            }
        }
    }

    /// <summary>Goes on behind the line that begins a record.</summary>
    private bool Find(BufferedStream stream)
    {
        var isTold = false;
        while (HeaderLines.Line(stream) is { } line)
        {
            if (line.StartsWith(Mark, StringComparison.Ordinal))
            {
                return true;
            }

            if (!isTold && !string.IsNullOrWhiteSpace(line))
            {
                isTold = true;
                options.Attempt<WarcRecord>(() => throw Stray(line));
            }
        }

        return false;
    }

    private BadInputException Stray(string line)
    {
        var shown = string.Concat(line.Take(ShownCharacters).Select(letter => char.IsControl(letter) ? '\uFFFD' : letter));
        return new($"{file.Name}: after record {count} stands '{shown}', where a line that begins with {Mark} is expected.");
    }

    private WarcHeader Header(BufferedStream stream)
    {
        var place = $"{file.Name}: record {count}";
        var fields = HeaderLines.Read(stream, place);
        return fields.TryGetValue("Content-Length", out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? new(fields, length, place)
            : throw new BadInputException($"{place}: its Content-Length is '{text}', not a number.");
    }

    private WarcRecord? Record(BufferedStream stream, WarcHeader header)
    {
        if (header.Length > options.MaxLineBytes)
        {
            Skip(stream, header);
            throw new BadInputException($"{header.Place} has {header.Length:N0} bytes, too long for one document; at most {options.MaxLineBytes:N0} are read.");
        }

        var block = BoundedBytes.Read(stream, header.Length, out var isComplete);
        return isComplete ? new(header, block) : throw CutOff(header);
    }

    private WarcRecord? Skip(BufferedStream stream, WarcHeader header)
    {
        for (var left = header.Length; left > 0;)
        {
            var read = stream.Read(chunk, 0, (int)Math.Min(left, chunk.Length));
            left -= read > 0 ? read : throw CutOff(header);
        }

        return null;
    }

    private static BadInputException CutOff(WarcHeader header) => new($"{header.Place} ends before its {header.Length:N0} bytes. Fetch the file again.");
}
