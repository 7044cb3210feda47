using System.IO.Compression;
using Plinth.Core.Native;
using static TorchSharp.torch;

namespace Plinth.Core.Checkpoints;

/// <summary>
/// A file written by PyTorch's <c>torch.save</c> (the zip form, since PyTorch 1.6) that holds a dictionary of weights. Such files
/// are programs; this one is only read, never run, and everything in it that weights do not need is refused by name.
/// </summary>
public sealed class TorchBinFile : IWeightSource
{
    private const long LongestPickle = 64 << 20;
    private const string PickleName = "data.pkl";

    private readonly ZipArchive zip;
    private readonly Dictionary<string, ZipArchiveEntry> files;
    private readonly Dictionary<string, PickledTensor> tensors = [];
    private readonly string prefix;
    private bool disposed;

    private TorchBinFile(string path, ZipArchive zip, long length)
    {
        Location = path;
        this.zip = zip;
        files = Files(length);
        var pickles = files.Keys.Where(name => name == PickleName || name.EndsWith("/" + PickleName, StringComparison.Ordinal)).ToList();
        if (pickles is not [var pickle])
        {
            throw WeightFileError.Of(path, $"it holds {pickles.Count} files called {PickleName} where torch.save writes one");
        }

        prefix = pickle[..^PickleName.Length];
        CheckByteOrder();
        foreach (var (name, value) in Table(new PickleReader(path, Bytes(files[pickle], LongestPickle)).Read()))
        {
            tensors.Add(name, Check(name, value as PickledTensor ?? throw WeightFileError.Of(path, name, "is no tensor; this is not a file of weights alone", null)));
        }

        Entries = tensors.ToDictionary(pair => pair.Key, pair => new WeightEntry(pair.Value.Storage.Type.Type, pair.Value.Shape));
    }

    /// <inheritdoc />
    public string Location { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, WeightEntry> Entries { get; }

    /// <summary>Opens a file and checks what it says of its weights; no weight is read yet.</summary>
    /// <exception cref="CheckpointException">The file is missing, malformed, or asks for more than weights need.</exception>
    public static TorchBinFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            if (!StartsAsZip(stream))
            {
                throw WeightFileError.Of(path, "it is not in the zip form of torch.save. If PyTorch older than 1.6 wrote it, load it with PyTorch and save it again, best as safetensors");
            }

            return new(path, new ZipArchive(stream, ZipArchiveMode.Read), stream.Length);
        }
        catch (Exception error)
        {
            stream?.Dispose();
            if (WeightFileError.IsFileTrouble(error))
            {
                throw WeightFileError.Of(path, error.Message, error);
            }

            throw;
        }
    }

    /// <inheritdoc />
    public Tensor Read(string name)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var place = tensors.GetValueOrDefault(name) ?? throw WeightFileError.Missing(Location, name, tensors.Keys);
        using var scope = NewDisposeScope();
        var flat = empty([Extent(place)], dtype: place.Storage.Type.Type);
        try
        {
            using var stream = files[StorageName(place)].Open();
            Skip(stream, place.Offset * place.Storage.Type.Size);
            TensorMemory.ForEachPiece(flat, (piece, _) => stream.ReadExactly(piece));
        }
        catch (Exception error) when (WeightFileError.IsFileTrouble(error))
        {
            throw WeightFileError.Of(Location, name, $"cannot be read: {error.Message}", error);
        }

        return flat.as_strided(place.Shape, place.Strides).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        disposed = true;
        zip.Dispose();
    }

    private static bool StartsAsZip(FileStream stream)
    {
        Span<byte> start = stackalloc byte[4];
        var isZip = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK\u0003\u0004"u8);
        stream.Position = 0;
        return isZip;
    }

    private Dictionary<string, ZipArchiveEntry> Files(long length)
    {
        var found = new Dictionary<string, ZipArchiveEntry>();
        foreach (var entry in zip.Entries)
        {
            if (!found.TryAdd(entry.FullName, entry) || entry.CompressedLength < 0 || entry.CompressedLength > length)
            {
                throw WeightFileError.Of(Location, $"its part {WeightFileError.Quote(entry.FullName)} is there twice or larger than the whole file");
            }
        }

        return found;
    }

    private void CheckByteOrder()
    {
        if (files.TryGetValue(prefix + "byteorder", out var entry) && !Bytes(entry, 16).AsSpan().SequenceEqual("little"u8))
        {
            throw WeightFileError.Of(Location, "it was written on a big-endian machine. Load it with PyTorch and save it as safetensors");
        }
    }

    private Dictionary<string, object?> Table(object? value)
    {
        var table = value as Dictionary<string, object?> ?? throw WeightFileError.Of(Location, "its pickle is no dictionary of weights");
        return table.Count > 0 && table.GetValueOrDefault("state_dict") is Dictionary<string, object?> inner ? inner : table;
    }

    private PickledTensor Check(string name, PickledTensor tensor)
    {
        var storage = tensor.Storage;
        var count = storage.Type.ByteCount(tensor.Shape) / storage.Type.Size;
        if (tensor.Shape.Length != tensor.Strides.Length || count is null || count > storage.Count || tensor.Offset < 0 || tensor.Strides.Any(stride => stride < 0))
        {
            throw WeightFileError.Of(Location, name, $"has the impossible shape {WeightFileError.Show(tensor.Shape)} with strides {WeightFileError.Show(tensor.Strides)} in a storage of {storage.Count}", null);
        }

        if (!files.TryGetValue(StorageName(tensor), out var file) || storage.Count > long.MaxValue / storage.Type.Size || file.Length != storage.Count * storage.Type.Size || file.CompressedLength != file.Length)
        {
            throw WeightFileError.Of(Location, name, $"needs a storage of {storage.Count} elements uncompressed in {WeightFileError.Quote(StorageName(tensor))}, which the file lacks", null);
        }

        var end = tensor.Shape.Zip(tensor.Strides).Aggregate((Int128)tensor.Offset, (sum, axis) => sum + ((Int128)(axis.First - 1) * axis.Second)) + 1;
        return count == 0 || end <= storage.Count ? tensor : throw WeightFileError.Of(Location, name, "reaches beyond its storage", null);
    }

    // Elements from the tensor's first to its last, which is more than it has when it is a view with gaps.
    private static long Extent(PickledTensor tensor) =>
        tensor.Shape.Contains(0) ? 0 : tensor.Shape.Zip(tensor.Strides).Sum(axis => (axis.First - 1) * axis.Second) + 1;

    private string StorageName(PickledTensor tensor) => $"{prefix}data/{tensor.Storage.Key}";

    private byte[] Bytes(ZipArchiveEntry entry, long most)
    {
        if (entry.Length > most || entry.CompressedLength != entry.Length)
        {
            throw WeightFileError.Of(Location, $"its part {WeightFileError.Quote(entry.FullName)} has {entry.Length} bytes ({entry.CompressedLength} compressed); at most {most} uncompressed ones are plausible");
        }

        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static void Skip(Stream stream, long count)
    {
        Span<byte> waste = stackalloc byte[4096];
        while (count > 0)
        {
            var read = stream.Read(waste[..(int)Math.Min(waste.Length, count)]);
            count -= read > 0 ? read : throw new EndOfStreamException("the file ended before its data");
        }
    }
}
