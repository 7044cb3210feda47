using System.Buffers.Text;
using System.IO.Compression;
using Plinth.Core;
using Plinth.Data.Formats;

namespace Plinth.Data.Text;

/// <summary>What a server answered, as crawls keep it.</summary>
/// <param name="ContentType">What the body is, with its encoding; empty where nothing is said.</param>
/// <param name="Body">The body, all that was done for the transfer undone.</param>
internal sealed record HttpResponse(string ContentType, byte[] Body)
{
    /// <summary>Reads an answer.</summary>
    /// <param name="bytes">Status line, header and body.</param>
    /// <param name="place">What messages call it.</param>
    /// <param name="options">Limits.</param>
    /// <returns>Null for one that is no page of its own: a redirection, an error.</returns>
    /// <exception cref="BadInputException">It is malformed, or its body cannot be unpacked.</exception>
    public static HttpResponse? Read(byte[] bytes, string place, CorpusOptions options)
    {
        using var stream = new MemoryStream(bytes);
        var status = HeaderLines.Line(stream)?.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        if (status is not [var version, var code, ..] || !version.StartsWith("HTTP/", StringComparison.OrdinalIgnoreCase))
        {
            throw new BadInputException($"{place}: it does not begin with the status line of HTTP.");
        }

        var fields = HeaderLines.Read(stream, place);
        if (!code.StartsWith('2'))
        {
            return null;
        }

        var body = bytes[(int)stream.Position..];
        body = "chunked".Equals(fields.GetValueOrDefault("Transfer-Encoding"), StringComparison.OrdinalIgnoreCase) ? Joined(body) : body;
        return new(fields.GetValueOrDefault("Content-Type", ""), Unpacked(body, fields.GetValueOrDefault("Content-Encoding", "").Trim().ToLowerInvariant(), place, options));
    }

    /// <summary>Joins chunks. Crawlers often undo chunking and keep the header, and some servers get a length wrong; what is no chunk is taken as it stands.</summary>
    private static byte[] Joined(byte[] body)
    {
        using var joined = new MemoryStream(body.Length);
        var rest = body.AsSpan();
        while (!rest.IsEmpty)
        {
            var line = rest.IndexOf((byte)'\n');
            if (line < 0 || !Utf8Parser.TryParse(rest[..line], out int length, out var digits, 'x') || digits == 0 || length < 0 || !IsEndOfLength(rest[digits..line]))
            {
                joined.Write(rest);
                break;
            }

            if (length == 0)
            {
                break;
            }

            rest = rest[(line + 1)..];
            joined.Write(rest[..Math.Min(length, rest.Length)]);
            rest = rest[Math.Min(length, rest.Length)..];
            rest = rest is [(byte)'\r', (byte)'\n', ..] ? rest[2..] : rest is [(byte)'\n', ..] ? rest[1..] : rest;
        }

        return joined.ToArray();
    }

    private static bool IsEndOfLength(ReadOnlySpan<byte> after) => after.TrimStart((byte)' ') is [] or [(byte)'\r', ..] or [(byte)';', ..];

    /// <summary>Undoes compression; a body that was unpacked by the crawler and kept its header is left as it is.</summary>
    private static byte[] Unpacked(byte[] body, string coding, string place, CorpusOptions options)
    {
        Func<Stream, Stream>? unpack = coding switch
        {
            "" or "identity" or "none" or "utf-8" => null,
            "gzip" or "x-gzip" => body is [0x1F, 0x8B, ..] ? Packing.Gzip.Unpack : null,
            "deflate" => body is [0x78, ..] ? packed => new ZLibStream(packed, CompressionMode.Decompress) : packed => new DeflateStream(packed, CompressionMode.Decompress),
            "br" => packed => new BrotliStream(packed, CompressionMode.Decompress),
            "zstd" => Packing.Zstandard.Unpack,
            _ => throw new BadInputException($"{place}: its body is packed as '{coding}'. Known are gzip, deflate, br and zstd."),
        };
        if (unpack is null)
        {
            return body;
        }

        using var stream = new GuardedStream(unpack(new MemoryStream(body)), place, new(place, body.Length, options));
        var bytes = BoundedBytes.Read(stream, options.MaxLineBytes + 1L, out var isLonger);
        return isLonger ? throw new BadInputException($"{place} expands to more than {options.MaxLineBytes:N0} bytes, too long for one document.") : bytes;
    }
}
