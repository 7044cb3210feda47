using System.Text;
using Plinth.Core.Files;

namespace Plinth.Export.Gguf;

/// <summary>Writes GGUF files of version 3, little-endian.</summary>
internal static class GgufWriter
{
    /// <summary>The format's version.</summary>
    public const uint Version = 3;

    /// <summary>Each tensor begins at a multiple of this.</summary>
    public const int Alignment = 32;

    /// <summary>The first four bytes.</summary>
    public static ReadOnlySpan<byte> Magic => "GGUF"u8;

    /// <summary>Writes a file whole or not at all.</summary>
    /// <param name="path">The file to write or replace.</param>
    /// <param name="metadata">Keys and values.</param>
    /// <param name="tensors">Weights with the type of each, in the file's order.</param>
    /// <param name="progress">Is told after each tensor, or null.</param>
    /// <param name="cancellation">Ends it; the old file stays.</param>
    public static void Write(
        string path,
        GgufMetadata metadata,
        IReadOnlyList<(PlannedTensor Tensor, GgufType Type)> tensors,
        IProgress<ExportProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var header = Header(metadata, tensors);
        var total = tensors.Sum(entry => entry.Type.Bytes(entry.Tensor.Count));
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            var done = 0L;
            foreach (var (tensor, type) in tensors)
            {
                cancellation.ThrowIfCancellationRequested();
                var bytes = type.Bytes(tensor.Count);
                WriteData(stream, tensor, type);
                Pad(stream, bytes);
                done += bytes;
                progress?.Report(new(tensor.Name, done, total));
            }
        });
    }

    private static byte[] Header(GgufMetadata metadata, IReadOnlyList<(PlannedTensor Tensor, GgufType Type)> tensors)
    {
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)metadata.Count);
        metadata.WriteTo(writer);
        var offset = 0L;
        foreach (var (tensor, type) in tensors)
        {
            GgufMetadata.WriteText(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Count);
            foreach (var size in tensor.Shape.Reverse())
            {
                // Fastest first, the other way round than ours.
                writer.Write((ulong)size);
            }

            writer.Write((uint)type);
            writer.Write((ulong)offset);
            offset = Aligned(offset + type.Bytes(tensor.Count));
        }

        writer.Flush();
        Pad(memory, memory.Length);
        return memory.ToArray();
    }

    private static void WriteData(Stream stream, PlannedTensor tensor, GgufType type)
    {
        byte[] buffer = [];
        tensor.ForEachPiece(piece =>
        {
            var bytes = (int)type.Bytes(piece.Length);
            if (buffer.Length < bytes)
            {
                buffer = new byte[bytes];
            }

            RefuseWhatOverflows(piece, tensor, type);
            GgufNumbers.Encode(type, piece, buffer);
            stream.Write(buffer, 0, bytes);
        });
    }

    private static void RefuseWhatOverflows(ReadOnlySpan<float> piece, PlannedTensor tensor, GgufType type)
    {
        var largest = type.Largest();
        foreach (var value in piece)
        {
            if (largest != float.PositiveInfinity && !(MathF.Abs(value) <= largest))
            {
                throw new ExportException($"The weight '{tensor.Name}' holds {value}, which {type} cannot. Export it as bf16 or f32.");
            }
        }
    }

    private static long Aligned(long offset) => (offset + Alignment - 1) / Alignment * Alignment;

    private static void Pad(Stream stream, long written) => stream.Write(new byte[(int)(Aligned(written) - written)]);
}
