using System.Buffers.Binary;
using System.IO.Compression;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using static TorchSharp.torch;

namespace Plinth.Tests.Data.Vision;

/// <summary>Pictures to test with: small files with the pixels that Pillow reads from them, and pictures made of a formula.</summary>
internal static class ImageFixtures
{
    public static string Folder => Fixtures.Folder("image-files");

    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetFiles(Folder).Select(file => Path.GetFileName(file)!).Where(name => Path.GetExtension(name) is not (".safetensors" or ".json" or "")).Order(StringComparer.Ordinal)];

    public static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    /// <summary>The pixels that the reference gives.</summary>
    public static RgbImage Expected(string name) => Image(Path.Combine(Folder, "pixels.safetensors"), name);

    public static RgbImage Image(string file, string name)
    {
        using var scope = NewDisposeScope();
        using var source = SafetensorsFile.Open(file);
        var pixels = source.Read(name);
        return new((int)pixels.size(0), (int)pixels.size(1), pixels.data<byte>().ToArray());
    }

    /// <summary>The picture that the cases of resize.json were made of.</summary>
    public static RgbImage Noise(int height, int width, int seed)
    {
        var pixels = new byte[height * width * 3];
        var state = (uint)seed;
        for (var i = 0; i < pixels.Length; i++)
        {
            state = ((state * 1103515245) + 12345) & 0x7FFFFFFF;
            pixels[i] = (byte)(state >> 16);
        }

        return new(height, width, pixels);
    }

    /// <summary>A picture with smooth parts and edges.</summary>
    public static RgbImage Scene(int height = 24, int width = 32)
    {
        var image = new RgbImage(height, width);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var isInside = y > height / 4 && y < height / 2 && x > width / 4 && x < width / 2;
                byte[] pixel = isInside ? [240, 20, 30] : [(byte)(x * 7), (byte)(y * 9), (byte)((x + y) * 3)];
                pixel.CopyTo(image.Row(y)[(x * 3)..]);
            }
        }

        return image;
    }

    /// <summary>A PNG of one colour type with any claim of its size and any data.</summary>
    public static byte[] Png(int height, int width, byte[] packed, byte depth = 8, byte colorType = 2)
    {
        using var stream = new MemoryStream();
        stream.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (depth, colorType);
        Chunk(stream, "IHDR"u8, header);
        Chunk(stream, "IDAT"u8, packed);
        Chunk(stream, "IEND"u8, []);
        return stream.ToArray();
    }

    /// <summary>zlib data that expands to zeros.</summary>
    public static byte[] PackedZeros(long count)
    {
        using var stream = new MemoryStream();
        using (var packer = new ZLibStream(stream, CompressionLevel.Optimal, leaveOpen: true))
        {
            var zeros = new byte[1 << 16];
            for (var left = count; left > 0; left -= zeros.Length)
            {
                packer.Write(zeros, 0, (int)Math.Min(left, zeros.Length));
            }
        }

        return stream.ToArray();
    }

    public static uint Checksum(RgbImage image) => Crc(image.Pixels, []);

    private static void Chunk(Stream stream, ReadOnlySpan<byte> kind, byte[] data)
    {
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(kind);
        stream.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(kind, data));
        stream.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var crc = uint.MaxValue;
        foreach (var part in new[] { first.ToArray(), second.ToArray() })
        {
            foreach (var value in part)
            {
                crc ^= value;
                for (var bit = 0; bit < 8; bit++)
                {
                    crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
                }
            }
        }

        return ~crc;
    }
}
