using static TorchSharp.torch;

namespace Plinth.Core.Checkpoints;

/// <summary>
/// A file written by PyTorch's <c>torch.save</c>, in today's zip form or that before PyTorch 1.6, that holds a dictionary of
/// weights. Such files are programs; this one is only read, never run, and everything in it that weights do not need is refused by name.
/// </summary>
public sealed class TorchBinFile : IWeightSource
{
    /// <summary>Most bytes of a pickle; the weights themselves lie beside it.</summary>
    internal const long LongestPickle = 64 << 20;

    private readonly ITorchParts parts;
    private readonly Dictionary<string, PickledTensor> tensors = [];
    private bool disposed;

    private TorchBinFile(string path, ITorchParts parts)
    {
        Location = path;
        this.parts = parts;
        foreach (var (name, value) in Table(parts.Content))
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
            return new(path, Parts(path, stream));
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
            parts.Fill(place.Storage, place.Offset * place.Storage.Type.Size, flat);
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
        parts.Dispose();
    }

    /// <summary>The error for a file whose numbers begin with their highest byte.</summary>
    internal static CheckpointException BigEndian(string path) =>
        WeightFileError.Of(path, "it was written on a big-endian machine. Load it with PyTorch and save it as safetensors");

    private static ITorchParts Parts(string path, FileStream stream)
    {
        Span<byte> start = stackalloc byte[TorchStream.StartLength];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        stream.Position = 0;
        return TorchZip.Is(start) ? new TorchZip(path, stream)
            : TorchStream.Is(start) ? new TorchStream(path, stream)
            : throw WeightFileError.Of(path, "it is in neither form of torch.save: no zip, as since PyTorch 1.6, and no magic number, as before it");
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

        if (storage.Count > long.MaxValue / storage.Type.Size || !parts.Holds(storage))
        {
            throw WeightFileError.Of(Location, name, $"needs the storage {WeightFileError.Quote(storage.Key)} of {storage.Count} elements, uncompressed, which the file lacks", null);
        }

        var end = tensor.Shape.Zip(tensor.Strides).Aggregate((Int128)tensor.Offset, (sum, axis) => sum + ((Int128)(axis.First - 1) * axis.Second)) + 1;
        return count == 0 || end <= storage.Count ? tensor : throw WeightFileError.Of(Location, name, "reaches beyond its storage", null);
    }

    // Elements from the tensor's first to its last, which is more than it has when it is a view with gaps.
    private static long Extent(PickledTensor tensor) =>
        tensor.Shape.Contains(0) ? 0 : tensor.Shape.Zip(tensor.Strides).Sum(axis => (axis.First - 1) * axis.Second) + 1;
}
