using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Plinth.Tests.Data.Text.Corpora;

/// <summary>Bytes as the usual programs pack them.</summary>
internal static class Packed
{
    public static byte[] Gzip(byte[] plain) => Through(plain, target => new GZipStream(target, CompressionLevel.Optimal));

    public static byte[] Gzip(string plain) => Gzip(Encoding.UTF8.GetBytes(plain));

    public static byte[] Zstandard(byte[] plain) => Through(plain, target => new ZstdSharp.CompressionStream(target));

    public static byte[] Zstandard(string plain) => Zstandard(Encoding.UTF8.GetBytes(plain));

    public static byte[] Zip(params (string Name, byte[] Bytes)[] files)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            foreach (var (name, bytes) in files)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(bytes);
            }
        }

        return stream.ToArray();
    }

    public static byte[] Zip(params (string Name, string Text)[] files) => Zip(Bytes(files));

    public static byte[] Tar(params (string Name, byte[] Bytes)[] files)
    {
        using var stream = new MemoryStream();
        using (var archive = new TarWriter(stream))
        {
            foreach (var (name, bytes) in files)
            {
                archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) });
            }
        }

        return stream.ToArray();
    }

    public static byte[] Tar(params (string Name, string Text)[] files) => Tar(Bytes(files));

    private static (string, byte[])[] Bytes((string Name, string Text)[] files) => [.. files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Text)))];

    private static byte[] Through(byte[] plain, Func<Stream, Stream> pack)
    {
        using var packed = new MemoryStream();
        using (var stream = pack(packed))
        {
            stream.Write(plain);
        }

        return packed.ToArray();
    }
}
