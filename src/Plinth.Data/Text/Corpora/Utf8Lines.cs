using System.Text;
using System.Text.Unicode;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>One line without its end.</summary>
/// <param name="Text">The characters.</param>
/// <param name="Number">From 1.</param>
internal readonly record struct TextLine(string Text, long Number);

/// <summary>Reads lines of UTF-8 with a bounded length and exact places for what is wrong.</summary>
internal static class Utf8Lines
{
    public static IEnumerable<TextLine> Read(CorpusFile file, CorpusOptions options)
    {
        using var stream = file.Open();
        var buffer = new byte[Math.Min(1 << 16, options.MaxLineBytes)];
        var (filled, searched, number, offset) = (0, 0, 0L, 0L);
        while (true)
        {
            var end = buffer.AsSpan(searched, filled - searched).IndexOf((byte)'\n');
            if (end < 0)
            {
                searched = filled;
                if (filled == buffer.Length)
                {
                    buffer = Grow(buffer, file, number + 1, options);
                }

                var read = stream.Read(buffer, filled, buffer.Length - filled);
                filled += read;
                if (read > 0)
                {
                    continue;
                }

                if (filled > 0)
                {
                    yield return new(Decode(buffer.AsSpan(0, filled), file, offset, options), number + 1);
                }

                yield break;
            }

            // Consume every whole line of the buffer before moving the rest to its front.
            var start = 0;
            end += searched;
            while (end >= 0)
            {
                yield return new(Decode(buffer.AsSpan(start, end - start), file, offset + start, options), ++number);
                start = end + 1;
                var next = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n');
                end = next < 0 ? -1 : start + next;
            }

            Buffer.BlockCopy(buffer, start, buffer, 0, filled - start);
            filled -= start;
            searched = filled;
            offset += start;
        }
    }

    /// <summary>The whole file as one text.</summary>
    public static string ReadWhole(CorpusFile file, CorpusOptions options)
    {
        using var bytes = ReadStream(file, options);
        return Decode(bytes, file, options);
    }

    /// <summary>The whole file as it stands, in memory, from its beginning.</summary>
    public static MemoryStream ReadStream(CorpusFile file, CorpusOptions options)
    {
        using var stream = file.Open();
        var bytes = new MemoryStream();
        var chunk = new byte[1 << 16];
        for (int read; (read = stream.Read(chunk)) > 0;)
        {
            if (bytes.Length + read > options.MaxLineBytes)
            {
                throw new BadInputException($"{file.Name} is longer than {options.MaxLineBytes:N0} bytes, too long for one document. Read it by paragraphs, or split it.");
            }

            bytes.Write(chunk, 0, read);
        }

        bytes.Position = 0;
        return bytes;
    }

    /// <summary>What was read whole, as text.</summary>
    public static string Decode(MemoryStream bytes, CorpusFile file, CorpusOptions options) => Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), file, 0, options);

    private static byte[] Grow(byte[] buffer, CorpusFile file, long line, CorpusOptions options)
    {
        if (buffer.Length >= options.MaxLineBytes)
        {
            throw new BadInputException($"{file.Name}:{line} is longer than {options.MaxLineBytes:N0} bytes, the most that one line may have. Is it text with line ends?");
        }

        Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, options.MaxLineBytes));
        return buffer;
    }

    private static string Decode(ReadOnlySpan<byte> bytes, CorpusFile file, long offset, CorpusOptions options)
    {
        if (offset == 0)
        {
            if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            {
                throw new BadInputException($"{file.Name} is UTF-16 (it begins with its mark). Save it as UTF-8.");
            }

            if (bytes is [0xEF, 0xBB, 0xBF, ..])
            {
                bytes = bytes[3..];
                offset = 3;
            }
        }

        if (bytes is [.., (byte)'\r'])
        {
            bytes = bytes[..^1];
        }

        if (options.InvalidText == InvalidText.Refuse && !Utf8.IsValid(bytes))
        {
            throw Invalid(bytes, file, offset);
        }

        return System.Text.Encoding.UTF8.GetString(bytes);
    }

    private static BadInputException Invalid(ReadOnlySpan<byte> bytes, CorpusFile file, long offset)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var used) == System.Buffers.OperationStatus.Done)
        {
            at += used;
        }

        return new($"{file.Name} is not UTF-8: byte 0x{bytes[at]:X2} at offset {offset + at}. Convert the file, or ask for replacement of invalid bytes.");
    }
}
