using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Export.Gguf;

/// <summary>What a GGUF file says of one weight.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes, slowest first as everywhere here (the file has them the other way round).</param>
/// <param name="Offset">Where its bytes begin in the file.</param>
/// <param name="ByteCount">How many they are.</param>
public sealed record GgufEntry(GgufType Type, IReadOnlyList<long> Shape, long Offset, long ByteCount);

/// <summary>A GGUF file, open for reading. Every claim of its header is checked before anything is allocated for it.</summary>
public sealed class GgufFile : IDisposable
{
    private const int PieceBlocks = 1 << 17;

    private readonly SafeFileHandle file;

    private GgufFile(string path, SafeFileHandle file, GgufHeader header)
    {
        Location = path;
        this.file = file;
        Version = header.Version;
        Metadata = header.Metadata;
        Entries = header.Entries;
    }

    /// <summary>The file.</summary>
    public string Location { get; }

    /// <summary>The format's version, 2 or 3.</summary>
    public int Version { get; }

    /// <summary>Keys and values: numbers, bools, strings, and arrays of one of those.</summary>
    public IReadOnlyDictionary<string, object> Metadata { get; }

    /// <summary>All weights by name.</summary>
    public IReadOnlyDictionary<string, GgufEntry> Entries { get; }

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="CheckpointException">The file is missing, malformed, of a type that is not read here, or lies about its content.</exception>
    public static GgufFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path);
            return new(path, handle, GgufHeader.Read(path, handle));
        }
        catch (Exception error)
        {
            handle?.Dispose();
            if (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                throw new CheckpointException($"The file '{path}' cannot be read: {error.Message}", error);
            }

            throw;
        }
    }

    /// <summary>Reads a weight as float32, decoding blocks; the caller owns it.</summary>
    /// <exception cref="CheckpointException">There is no such weight, or its bytes cannot be read.</exception>
    public Tensor Read(string name)
    {
        ObjectDisposedException.ThrowIf(file.IsClosed, this);
        var entry = Entries.GetValueOrDefault(name) ?? throw new CheckpointException($"There is no weight '{name}' in '{Location}'.");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var result = empty([.. entry.Shape]);
        var flat = result.view(-1);
        var step = PieceBlocks * entry.Type.BlockElements();
        var buffer = new byte[(int)entry.Type.Bytes(Math.Min(step, flat.numel()))];
        for (var start = 0L; start < flat.numel(); start += step)
        {
            using var piece = flat.narrow(0, start, Math.Min(step, flat.numel() - start));
            var bytes = buffer.AsSpan(0, (int)entry.Type.Bytes(piece.numel()));
            Fill(bytes, entry.Offset + entry.Type.Bytes(start));
            GgufNumbers.Decode(entry.Type, bytes, MemoryMarshal.Cast<byte, float>(piece.bytes));
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Reads a weight's bytes as they stand in the file.</summary>
    /// <exception cref="CheckpointException">There is no such weight, it is larger than 2 GB, or it cannot be read.</exception>
    public byte[] ReadBytes(string name)
    {
        ObjectDisposedException.ThrowIf(file.IsClosed, this);
        var entry = Entries.GetValueOrDefault(name) ?? throw new CheckpointException($"There is no weight '{name}' in '{Location}'.");
        if (entry.ByteCount > Array.MaxLength)
        {
            throw new CheckpointException($"'{name}' in '{Location}' has {entry.ByteCount} bytes, more than one array holds. Use Read.");
        }

        var bytes = new byte[entry.ByteCount];
        Fill(bytes, entry.Offset);
        return bytes;
    }

    /// <inheritdoc />
    public void Dispose() => file.Dispose();

    private void Fill(Span<byte> bytes, long offset)
    {
        try
        {
            for (var done = 0; done < bytes.Length;)
            {
                var read = RandomAccess.Read(file, bytes[done..], offset + done);
                done += read > 0 ? read : throw new EndOfStreamException("the file became shorter while it was read");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"The file '{Location}' cannot be read: {error.Message}", error);
        }
    }
}
