using System.IO.Compression;
using Plinth.Core.Native;
using static TorchSharp.torch;

namespace Plinth.Core.Checkpoints;

/// <summary>The zip form of torch.save, since PyTorch 1.6: <c>data.pkl</c>, and one file per block under <c>data/</c>.</summary>
internal sealed class TorchZip : ITorchParts
{
    private const string PickleName = "data.pkl";

    private readonly string path;
    private readonly ZipArchive zip;
    private readonly Dictionary<string, ZipArchiveEntry> files;
    private readonly string prefix;

    /// <param name="path">Name for messages.</param>
    /// <param name="stream">The file, which is this object's from now on.</param>
    public TorchZip(string path, FileStream stream)
    {
        this.path = path;
        zip = new(stream, ZipArchiveMode.Read);
        files = Files(stream.Length);
        var pickles = files.Keys.Where(name => name == PickleName || name.EndsWith("/" + PickleName, StringComparison.Ordinal)).ToList();
        if (pickles is not [var pickle])
        {
            throw WeightFileError.Of(path, $"it holds {pickles.Count} files called {PickleName} where torch.save writes one");
        }

        prefix = pickle[..^PickleName.Length];
        CheckByteOrder();
        Content = new PickleReader(path, Bytes(files[pickle], TorchBinFile.LongestPickle)).Read();
    }

    /// <inheritdoc />
    public object? Content { get; }

    /// <summary>Whether a file begins as a zip does.</summary>
    public static bool Is(ReadOnlySpan<byte> start) => start.StartsWith("PK\u0003\u0004"u8);

    /// <inheritdoc />
    public bool Holds(PickledStorage storage) =>
        files.TryGetValue(NameOf(storage), out var file) && file.Length == storage.Count * storage.Type.Size && file.CompressedLength == file.Length;

    /// <inheritdoc />
    public void Fill(PickledStorage storage, long skip, Tensor target)
    {
        using var stream = files[NameOf(storage)].Open();
        Skip(stream, skip);
        TensorMemory.ForEachPiece(target, (piece, _) => stream.ReadExactly(piece));
    }

    /// <inheritdoc />
    public void Dispose() => zip.Dispose();

    private static void Skip(Stream stream, long count)
    {
        Span<byte> waste = stackalloc byte[4096];
        while (count > 0)
        {
            var read = stream.Read(waste[..(int)Math.Min(waste.Length, count)]);
            count -= read > 0 ? read : throw new EndOfStreamException("the file ended before its data");
        }
    }

    private Dictionary<string, ZipArchiveEntry> Files(long length)
    {
        var found = new Dictionary<string, ZipArchiveEntry>();
        foreach (var entry in zip.Entries)
        {
            if (!found.TryAdd(entry.FullName, entry) || entry.CompressedLength < 0 || entry.CompressedLength > length)
            {
                throw WeightFileError.Of(path, $"its part {WeightFileError.Quote(entry.FullName)} is there twice or larger than the whole file");
            }
        }

        return found;
    }

    private void CheckByteOrder()
    {
        if (files.TryGetValue(prefix + "byteorder", out var entry) && !Bytes(entry, 16).AsSpan().SequenceEqual("little"u8))
        {
            throw TorchBinFile.BigEndian(path);
        }
    }

    private string NameOf(PickledStorage storage) => $"{prefix}data/{storage.Key}";

    private byte[] Bytes(ZipArchiveEntry entry, long most)
    {
        if (entry.Length > most || entry.CompressedLength != entry.Length)
        {
            throw WeightFileError.Of(path, $"its part {WeightFileError.Quote(entry.FullName)} has {entry.Length} bytes ({entry.CompressedLength} compressed); at most {most} uncompressed ones are plausible");
        }

        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }
}
