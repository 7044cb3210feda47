using Microsoft.Win32.SafeHandles;
using Plinth.Core.Native;
using static TorchSharp.torch;

namespace Plinth.Core.Checkpoints;

/// <summary>A safetensors file, open for reading its weights one by one.</summary>
public sealed class SafetensorsFile : IWeightSource
{
    private const long ConvertedAtOnce = 4 << 20;

    private readonly SafeFileHandle file;
    private readonly Dictionary<string, SafetensorsEntry> places;
    private Tensor? mapping;

    private SafetensorsFile(string path, SafeFileHandle file, SafetensorsHeader header)
    {
        Location = path;
        this.file = file;
        Metadata = header.Metadata;
        places = header.Entries.ToDictionary(entry => entry.Name);
        Entries = header.Entries.ToDictionary(entry => entry.Name, entry => new WeightEntry(entry.Type.Type, entry.Shape));
    }

    /// <inheritdoc />
    public string Location { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, WeightEntry> Entries { get; }

    /// <summary>The file's own notes, such as <c>format</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks every claim of its header; no weight is read yet.</summary>
    /// <exception cref="CheckpointException">The file is missing, malformed or lies about its content.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path);
            return new(path, file, SafetensorsHeader.Read(path, file));
        }
        catch (Exception error)
        {
            file?.Dispose();
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
        var place = Find(name);
        var tensor = empty([.. place.Shape], dtype: place.Type.Type);
        try
        {
            Fill(place, tensor, 0);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void ReadInto(string name, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var place = Find(name);
        if (!target.shape.AsSpan().SequenceEqual([.. place.Shape]))
        {
            throw new ArgumentException($"'{name}' is [{string.Join(", ", place.Shape)}], and the tensor is [{string.Join(", ", target.shape)}].", nameof(target));
        }

        using var scope = NewDisposeScope();
        if (target.device_type != TorchSharp.DeviceType.CPU || !target.is_contiguous())
        {
            target.copy_(Read(name));
            return;
        }

        if (target.dtype == place.Type.Type)
        {
            Fill(place, target, 0);
            return;
        }

        var flat = target.view(-1);
        var piece = empty(Math.Min(ConvertedAtOnce, flat.numel()), dtype: place.Type.Type);
        for (var begin = 0L; begin < flat.numel(); begin += ConvertedAtOnce)
        {
            using var step = NewDisposeScope();
            var part = piece.narrow(0, 0, Math.Min(ConvertedAtOnce, flat.numel() - begin));
            Fill(place, part, begin * place.Type.Size);
            flat.narrow(0, begin, part.numel()).copy_(part);
        }
    }

    /// <summary>
    /// An entry as a view of the mapped file, without a copy: pages are read when they are touched, and writing to the tensor changes
    /// this process's copy only. Where the entry is not aligned in the file it is read instead. The tensor may outlive this object;
    /// the file must not be cut while it lives (replacing it by another is safe).
    /// </summary>
    /// <exception cref="CheckpointException">There is no such entry, or the file cannot be mapped.</exception>
    public Tensor Map(string name)
    {
        var place = Find(name);
        if (place.Begin == place.End || place.Begin % place.Type.Size != 0)
        {
            return Read(name);
        }

        try
        {
            // Detached: kept longer than the caller's dispose scope.
            mapping ??= from_file(Location, shared: false, size: RandomAccess.GetLength(file), dtype: ScalarType.Byte).DetachFromDisposeScope();
        }
        catch (Exception error) when (WeightFileError.IsFileTrouble(error) || error is System.Runtime.InteropServices.ExternalException)
        {
            throw WeightFileError.Of(Location, $"it cannot be mapped into memory: {error.Message.Split('\n')[0]}", error);
        }

        if (mapping.numel() < place.End)
        {
            throw WeightFileError.Of(Location, name, "is no longer in the file, which became shorter", null);
        }

        using var bytes = mapping.narrow(0, place.Begin, place.End - place.Begin);
        var call = new AtenCall();
        call.Push(bytes).Push((long)place.Type.Type);
        call.Invoke("aten::view", "dtype");
        using var flat = call.Result();
        return flat.view([.. place.Shape]);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        mapping?.Dispose();
        file.Dispose();
    }

    private SafetensorsEntry Find(string name)
    {
        ObjectDisposedException.ThrowIf(file.IsClosed, this);
        return places.GetValueOrDefault(name) ?? throw WeightFileError.Missing(Location, name, places.Keys);
    }

    // Bytes of an entry, from some offset on, into a contiguous tensor of the file's own type.
    private void Fill(SafetensorsEntry place, Tensor tensor, long begin)
    {
        try
        {
            TensorMemory.ForEachPiece(tensor, (piece, offset) => Fill(place, piece, begin + offset));
        }
        catch (Exception error) when (WeightFileError.IsFileTrouble(error))
        {
            throw WeightFileError.Of(Location, place.Name, $"cannot be read: {error.Message}", error);
        }
    }

    private void Fill(SafetensorsEntry place, Span<byte> piece, long offset)
    {
        for (var done = 0; done < piece.Length;)
        {
            var read = RandomAccess.Read(file, piece[done..], place.Begin + offset + done);
            done += read > 0 ? read : throw new EndOfStreamException("the file became shorter while it was read");
        }
    }
}
