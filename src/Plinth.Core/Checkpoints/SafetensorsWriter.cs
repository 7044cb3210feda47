using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using Plinth.Core.Files;
using Plinth.Core.Native;
using static TorchSharp.torch;

namespace Plinth.Core.Checkpoints;

/// <summary>Writes safetensors files.</summary>
public static class SafetensorsWriter
{
    private const int HeaderAlignment = 8;

    /// <summary>Writes a file whole or not at all. At most one weight is copied at a time.</summary>
    /// <param name="path">The file to write or replace.</param>
    /// <param name="weights">Names and tensors of any device; they may be views, and remain the caller's.</param>
    /// <param name="metadata">Notes for the file; <c>format: pt</c>, which readers ask for, is added when absent.</param>
    /// <exception cref="CheckpointException">A name comes twice, or a tensor's element type has no place in such a file.</exception>
    /// <exception cref="PlinthException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<KeyValuePair<string, Tensor>> weights, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        // Large elements first, so that every tensor begins at a multiple of its element's size and can be mapped.
        var ordered = weights.OrderByDescending(weight => TypeOf(weight).Size).ThenBy(weight => weight.Key, StringComparer.Ordinal).ToList();
        var header = Header(ordered, metadata ?? new Dictionary<string, string>());
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (var (_, tensor) in ordered)
            {
                WriteBytes(stream, tensor);
            }
        });
    }

    /// <summary>Bytes that a weight takes in a file.</summary>
    /// <exception cref="CheckpointException">The tensor's element type has no place in such a file.</exception>
    internal static long ByteCount(KeyValuePair<string, Tensor> weight) => weight.Value.numel() * TypeOf(weight).Size;

    private static WeightType TypeOf(KeyValuePair<string, Tensor> weight) =>
        (weight.Value.is_sparse ? null : WeightType.Of(weight.Value.dtype)) ?? throw new CheckpointException(
            $"The weight '{weight.Key}' has the element type {(weight.Value.is_sparse ? "sparse " : "")}{weight.Value.dtype}, which safetensors files cannot hold. Convert it first.");

    private static byte[] Header(List<KeyValuePair<string, Tensor>> ordered, IReadOnlyDictionary<string, string> metadata)
    {
        using var json = new MemoryStream();
        json.Write(new byte[sizeof(long)]);
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            WriteMetadata(writer, metadata);
            var names = new HashSet<string> { "__metadata__" };
            var offset = 0L;
            foreach (var weight in ordered)
            {
                if (!names.Add(weight.Key))
                {
                    throw new CheckpointException($"Two weights are called '{weight.Key}' (or that name is reserved); a file can hold each name once.");
                }

                var end = offset + ByteCount(weight);
                writer.WriteStartObject(weight.Key);
                writer.WriteString("dtype", TypeOf(weight).Name);
                WriteNumbers(writer, "shape", weight.Value.shape);
                WriteNumbers(writer, "data_offsets", offset, end);
                writer.WriteEndObject();
                offset = end;
            }

            writer.WriteEndObject();
        }

        while (json.Length % HeaderAlignment != 0)
        {
            json.WriteByte((byte)' ');
        }

        var header = json.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - sizeof(long));
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> metadata)
    {
        writer.WriteStartObject("__metadata__");
        if (!metadata.ContainsKey("format"))
        {
            writer.WriteString("format", "pt");
        }

        foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, params ReadOnlySpan<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (var number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }

    private static void WriteBytes(Stream stream, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var bytes = tensor.detach().cpu().contiguous();
        TensorMemory.ForEachPiece(bytes, (piece, _) => stream.Write(piece));
    }
}
