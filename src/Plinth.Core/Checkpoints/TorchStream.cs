using System.Buffers.Binary;
using Plinth.Core.Native;
using static TorchSharp.torch;

namespace Plinth.Core.Checkpoints;

/// <summary>
/// The form of torch.save before PyTorch 1.6: pickles of a magic number, a version, the machine, the weights and the keys of the
/// blocks, and then for each key the number of its elements and their bytes.
/// </summary>
internal sealed class TorchStream : ITorchParts
{
    /// <summary>Enough bytes of a file to tell this form: the magic number stands behind the pickle's protocol and, perhaps, frame.</summary>
    public const int StartLength = 32;

    private const long Version = 1001;

    private readonly string path;
    private readonly FileStream stream;
    private readonly Dictionary<string, (PickledStorage Storage, long Begin)> places = new(StringComparer.Ordinal);

    /// <param name="path">Name for messages.</param>
    /// <param name="stream">The file, which is this object's from now on.</param>
    public TorchStream(string path, FileStream stream)
    {
        this.path = path;
        this.stream = stream;
        var bytes = new byte[Math.Min(stream.Length, TorchBinFile.LongestPickle)];
        stream.Position = 0;
        stream.ReadExactly(bytes);
        var begin = bytes.AsSpan(0, Math.Min(StartLength, bytes.Length)).IndexOf(Magic) + Magic.Length;
        var reader = new PickleReader(path, bytes.AsMemory(begin));
        if (reader.Read() is not Version)
        {
            throw WeightFileError.Of(path, $"it is of another version of the form before PyTorch 1.6 than {Version}");
        }

        if (reader.Read() is not Dictionary<string, object?> machine || machine.GetValueOrDefault("little_endian") is not bool isLittle)
        {
            throw WeightFileError.Of(path, "it does not say on what machine it was written");
        }

        if (!isLittle)
        {
            throw TorchBinFile.BigEndian(path);
        }

        Content = reader.Read();
        var storages = reader.Storages;
        var keys = reader.Read() as List<object?> ?? throw WeightFileError.Of(path, "the list of its storages is missing");
        Locate(keys, storages, begin + reader.Position);
    }

    /// <inheritdoc />
    public object? Content { get; }

    // The pickled number 0x1950a86a20f9469cfc6c, and the end of its pickle.
    private static ReadOnlySpan<byte> Magic => [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    /// <summary>Whether a file begins as this form does.</summary>
    public static bool Is(ReadOnlySpan<byte> start) => start.IndexOf(Magic) >= 0;

    /// <inheritdoc />
    public bool Holds(PickledStorage storage) => places.TryGetValue(storage.Key, out var place) && place.Storage == storage;

    /// <inheritdoc />
    public void Fill(PickledStorage storage, long skip, Tensor target)
    {
        stream.Position = places[storage.Key].Begin + skip;
        TensorMemory.ForEachPiece(target, (piece, _) => stream.ReadExactly(piece));
    }

    /// <inheritdoc />
    public void Dispose() => stream.Dispose();

    private void Locate(List<object?> keys, IReadOnlyDictionary<string, PickledStorage> storages, long begin)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (var item in keys)
        {
            if (item is not string key || !storages.TryGetValue(key, out var storage))
            {
                throw WeightFileError.Of(path, $"it lists the storage {WeightFileError.Quote(item as string ?? "")}, of which its weights know nothing");
            }

            if (stream.Length - begin < number.Length)
            {
                throw WeightFileError.Of(path, $"it is cut off before the storage {WeightFileError.Quote(key)}");
            }

            stream.Position = begin;
            stream.ReadExactly(number);
            begin += number.Length;
            var count = BinaryPrimitives.ReadInt64LittleEndian(number);
            if (count != storage.Count || count > (stream.Length - begin) / storage.Type.Size)
            {
                throw WeightFileError.Of(path, $"its storage {WeightFileError.Quote(key)} says that it has {count} elements, the weights say {storage.Count}, and {stream.Length - begin} bytes are left");
            }

            if (!places.TryAdd(key, (storage, begin)))
            {
                throw WeightFileError.Of(path, $"it lists the storage {WeightFileError.Quote(key)} twice");
            }

            begin += count * storage.Type.Size;
        }
    }
}
