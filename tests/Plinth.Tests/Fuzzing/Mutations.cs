using System.Buffers.Binary;
using System.Text;

namespace Plinth.Tests.Fuzzing;

/// <summary>Damage to sound bytes, the same for a seed: what storage, networks and attackers do to files.</summary>
internal sealed class Mutations(int seed)
{
    private static readonly long[] extremes = [0, 1, -1, 0x7F, 0x80, 0xFF, short.MaxValue, ushort.MaxValue, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue];

    private static readonly byte[][] tokens =
    [
        .. new[] { "\0", "\n", "\r\n", "\"", "'", "\\", "{", "}", "[", "]", "(", ")", "<", ">", "&", "%", ":", ",", ";", "-1", "0", "1e999", "99999999999999999999", "null", "true", "NaN", "\\ud800", "\uFEFF", "\t", " " }
            .Select(Encoding.UTF8.GetBytes),
        .. new[] { "[", "{\"a\":", "(", "<b>", "{{", "\"" }.Select(text => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, 3000)))),
        [0xFF, 0xFE], [0xC3], [0xED, 0xA0, 0x80], [0x1F, 0x8B, 8], [0x28, 0xB5, 0x2F, 0xFD], "PK\u0003\u0004"u8.ToArray(), "PAR1"u8.ToArray(),
    ];

    private const int Edge = 64;

    private readonly Random random = new(seed);

    /// <summary>A damaged copy.</summary>
    public byte[] Of(byte[] sound)
    {
        var bytes = sound.ToArray();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            bytes = bytes.Length == 0 ? tokens[random.Next(tokens.Length)] : One(bytes);
        }

        return bytes;
    }

    private byte[] One(byte[] bytes)
    {
        var at = Place(bytes);
        switch (random.Next(10))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2:
                return bytes[..(random.Next(2) == 0 ? at : Math.Max(0, bytes.Length - random.Next(16)))];
            case 3:
                return [.. bytes[..at], .. Slice(bytes), .. bytes[at..]];
            case 4:
                return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, Edge))..]];
            case 5:
                return Extreme(bytes, at);
            case 6:
                return [.. bytes[..at], .. tokens[random.Next(tokens.Length)], .. bytes[at..]];
            case 7:
                return Digit(bytes);
            case 8:
                Slice(bytes).AsSpan(0, Math.Min(4, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                return bytes;
            default:
                var noise = new byte[random.Next(1, Edge)];
                random.NextBytes(noise);
                return [.. bytes[..at], .. noise, .. bytes[Math.Min(bytes.Length, at + noise.Length)..]];
        }
    }

    /// <summary>Magic numbers and lengths stand at the ends.</summary>
    private int Place(byte[] bytes) => random.Next(4) switch
    {
        0 => random.Next(Math.Min(bytes.Length, Edge)),
        1 => bytes.Length - 1 - random.Next(Math.Min(bytes.Length, Edge)),
        _ => random.Next(bytes.Length),
    };

    private byte[] Slice(byte[] bytes)
    {
        var from = Place(bytes);
        var slice = bytes[from..Math.Min(bytes.Length, from + random.Next(4, Edge))];
        return slice.Length >= 4 ? slice : [.. slice, 0, 0, 0, 0];
    }

    private byte[] Extreme(byte[] bytes, int at)
    {
        Span<byte> number = stackalloc byte[8];
        var value = extremes[random.Next(extremes.Length)];
        var width = 1 << random.Next(4);
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
            number = number[..width];
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(number, value);
            number = number[^width..];
        }

        number[..Math.Min(width, bytes.Length - at)].CopyTo(bytes.AsSpan(at));
        return bytes;
    }

    /// <summary>A digit for another keeps a text whole and changes what it means.</summary>
    private byte[] Digit(byte[] bytes)
    {
        int[] digits = [.. Enumerable.Range(0, bytes.Length).Where(i => char.IsAsciiDigit((char)bytes[i]))];
        if (digits.Length > 0)
        {
            bytes[digits[random.Next(digits.Length)]] = (byte)('0' + random.Next(10));
        }

        return bytes;
    }
}
