using System.Buffers.Binary;
using System.Text;
using Plinth.Core;
using Plinth.Export;
using Plinth.Export.Gguf;
using static TorchSharp.torch;

namespace Plinth.Tests.Export;

public sealed class GgufFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_bytes_are_laid_out_as_the_format_says()
    {
        GgufWriter.Write(folder.Path("a.gguf"), new GgufMetadata { { "k", 5u } }, [(new("t", [2, 1], () => tensor([1f, 2f]).reshape(2, 1)), GgufType.F32)], cancellation: TestContext.Current.CancellationToken);
        byte[] header =
        [
            .. "GGUF"u8, 3, 0, 0, 0, .. Long(1), .. Long(1),
            .. Long(1), (byte)'k', 4, 0, 0, 0, 5, 0, 0, 0,
            .. Long(1), (byte)'t', 2, 0, 0, 0, .. Long(1), .. Long(2), 0, 0, 0, 0, .. Long(0),
        ];
        byte[] padded = [.. header, .. new byte[(32 - (header.Length % 32)) % 32]];
        byte[] expected = [.. padded, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, .. new byte[24]];
        Assert.Equal(expected, File.ReadAllBytes(folder.Path("a.gguf")));
    }

    [Fact]
    public void Every_kind_of_value_reads_back()
    {
        var metadata = new GgufMetadata
        {
            { "byte", (byte)200 }, { "sbyte", (sbyte)-3 }, { "ushort", (ushort)60_000 }, { "short", (short)-5 }, { "uint", 7u }, { "int", -7 },
            { "float", 1.5f }, { "bool", true }, { "text", "žluť \U0001F600" }, { "ulong", ulong.MaxValue }, { "long", long.MinValue }, { "double", -0.1 },
            { "texts", new[] { "a", "", "\0b" } }, { "floats", new[] { 1f, -2f } }, { "none", Array.Empty<int>() },
        };
        GgufWriter.Write(folder.Path("a.gguf"), metadata, [], cancellation: TestContext.Current.CancellationToken);
        using var file = GgufFile.Open(folder.Path("a.gguf"));
        Assert.Equal(metadata.ToDictionary(pair => pair.Key, pair => pair.Value), file.Metadata);
    }

    [Fact]
    public void Tensors_larger_than_a_piece_read_back()
    {
        using var values = arange(0, (1 << 22) + 96).to(float32);
        GgufWriter.Write(folder.Path("a.gguf"), [], [(new("t", [values.numel() / 32, 32], () => values.reshape(-1, 32).alias()), GgufType.F32)], cancellation: TestContext.Current.CancellationToken);
        using var file = GgufFile.Open(folder.Path("a.gguf"));
        using var read = file.Read("t");
        Assert.Equal(values.data<float>().ToArray(), read.data<float>().ToArray());
    }

    [Theory]
    [InlineData("magic", "does not begin with GGUF")]
    [InlineData("version", "version is 9")]
    [InlineData("big-endian", "big-endian")]
    [InlineData("tensor count", "more than it can hold")]
    [InlineData("key count", "more than it can hold")]
    [InlineData("key length", "more than it can hold")]
    [InlineData("array length", "more than it can hold")]
    [InlineData("value type", "unknown type 77")]
    [InlineData("nested array", "unknown type 9")]
    [InlineData("bad text", "not UTF-8")]
    [InlineData("bad bool", "neither 0 nor 1")]
    [InlineData("same key", "twice")]
    [InlineData("dimensions", "dimensions")]
    [InlineData("overflow", "overflow")]
    [InlineData("type", "element type 12")]
    [InlineData("offset", "unaligned")]
    [InlineData("beyond", "beyond the end")]
    [InlineData("alignment", "power of two")]
    [InlineData("blocks", "no whole blocks")]
    public void A_lie_is_found_before_anything_is_allocated(string lie, string words)
    {
        File.WriteAllBytes(folder.Path("a.gguf"), Lying(lie));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<CheckpointException>(() => GgufFile.Open(folder.Path("a.gguf")));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Contains("a.gguf", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_cut_or_changed_byte_crashes_the_reader()
    {
        var metadata = new GgufMetadata { { "general.architecture", "x" }, { "texts", new[] { "a", "b" } }, { "number", 4u } };
        GgufWriter.Write(folder.Path("a.gguf"), metadata, [(new("t", [1, 32], () => ones(1, 32)), GgufType.Q8_0)], cancellation: TestContext.Current.CancellationToken);
        var whole = File.ReadAllBytes(folder.Path("a.gguf"));
        var random = new Random(11);
        for (var i = 0; i < 600; i++)
        {
            var bytes = i < whole.Length ? whole[..i] : [.. whole];
            if (i >= whole.Length)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(folder.Path("b.gguf"), bytes);
            try
            {
                using var file = GgufFile.Open(folder.Path("b.gguf"));
                foreach (var name in file.Entries.Keys)
                {
                    file.Read(name).Dispose();
                }
            }
            catch (CheckpointException)
            {
                // The one error that a bad file may give.
            }
        }
    }

    [Fact]
    public void A_missing_weight_is_named()
    {
        GgufWriter.Write(folder.Path("a.gguf"), [], [], cancellation: TestContext.Current.CancellationToken);
        using var file = GgufFile.Open(folder.Path("a.gguf"));
        Assert.Contains("'nothing'", Assert.Throws<CheckpointException>(() => file.Read("nothing")).Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => GgufFile.Open(folder.Path("absent.gguf")));
    }

    private static byte[] Lying(string lie)
    {
        byte[] Text(string text) => [.. Long(text.Length), .. Encoding.UTF8.GetBytes(text)];
        byte[] Header(ulong tensors, ulong keys, params byte[] rest) => [.. "GGUF"u8, 3, 0, 0, 0, .. Long((long)tensors), .. Long((long)keys), .. rest, .. new byte[64]];
        byte[] Tensor(long[] sizes, uint type, long offset) => [.. Text("t"), .. Int((uint)sizes.Length), .. sizes.SelectMany(Long), .. Int(type), .. Long(offset)];
        return lie switch
        {
            "magic" => [.. "GGML"u8, .. new byte[64]],
            "version" => [.. "GGUF"u8, 9, 0, 0, 0, .. new byte[64]],
            "big-endian" => [.. "GGUF"u8, 0, 0, 0, 3, .. new byte[64]],
            "tensor count" => Header(ulong.MaxValue, 0),
            "key count" => Header(0, 1UL << 40),
            "key length" => Header(0, 1, Long(long.MaxValue)),
            "array length" => Header(0, 1, [.. Text("k"), .. Int(9), .. Int(8), .. Long(1L << 50)]),
            "value type" => Header(0, 1, [.. Text("k"), .. Int(77)]),
            "nested array" => Header(0, 1, [.. Text("k"), .. Int(9), .. Int(9), .. Long(1)]),
            "bad text" => Header(0, 1, [.. Long(2), 0xC3, 0x28, .. Int(4), .. Int(0)]),
            "bad bool" => Header(0, 1, [.. Text("k"), .. Int(7), 2]),
            "same key" => Header(0, 2, [.. Text("k"), .. Int(4), .. Int(0), .. Text("k"), .. Int(4), .. Int(0)]),
            "dimensions" => Header(1, 0, Tensor([1, 1, 1, 1, 1], 0, 0)),
            "overflow" => Header(1, 0, Tensor([1L << 40, 1L << 40], 0, 0)),
            "type" => Header(1, 0, Tensor([256], 12, 0)),
            "offset" => Header(1, 0, Tensor([1], 0, 4)),
            "beyond" => Header(1, 0, Tensor([1L << 30], 0, 0)),
            "alignment" => Header(0, 1, [.. Text("general.alignment"), .. Int(4), .. Int(24)]),
            _ => Header(1, 0, Tensor([16], 8, 0)),
        };
    }

    private static byte[] Int(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Long(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
