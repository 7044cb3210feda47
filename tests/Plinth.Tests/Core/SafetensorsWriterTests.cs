using System.Text;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Core;

public class SafetensorsWriterTests
{
    public static TheoryData<int> Types() => [.. new[] { 0, 1, 2, 3, 4, 5, 6, 7, 11, 15, 23, 24, 27, 28, 29 }];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_type_comes_back_bit_for_bit(int type)
    {
        using var scratch = new ScratchFolder();
        using var scope = NewDisposeScope();
        var bytes = arange(256, dtype: ScalarType.Byte);
        var source = type == 11 ? bytes.remainder(2).to(ScalarType.Bool) : As(bytes, (ScalarType)type);
        var square = source.view(4, -1);
        var weights = new Dictionary<string, Tensor>
        {
            ["flat"] = source, ["square"] = square, ["turned"] = square.t(), ["one"] = source[3], ["none"] = empty(0, 3, dtype: (ScalarType)type), ["byte"] = bytes[5..8],
        };

        SafetensorsWriter.Write(scratch["x"], [.. weights]);

        using var file = SafetensorsFile.Open(scratch["x"]);
        Assert.Equal(weights.Count, file.Entries.Count);
        foreach (var (name, tensor) in weights)
        {
            foreach (var back in new[] { file.Read(name), file.Map(name) })
            {
                Assert.Equal(tensor.dtype, back.dtype);
                Assert.Equal(tensor.shape, back.shape);
                Assert.Equal(Bytes(tensor), Bytes(back));
            }
        }
    }

    [Fact]
    public void The_layout_is_that_of_the_reference_writer()
    {
        using var scratch = new ScratchFolder();
        using var scope = NewDisposeScope();

        SafetensorsWriter.Write(scratch["x"], [new("b", ones(1)), new("c", ones(1, dtype: ScalarType.Byte)), new("a", ones(1)), new("z", ones(1, dtype: ScalarType.Int64))]);

        var bytes = File.ReadAllBytes(scratch["x"]);
        var length = (int)BitConverter.ToInt64(bytes);
        Assert.Equal(0, length % 8);
        Assert.Equal(
            """{"__metadata__":{"format":"pt"},"z":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},"c":{"dtype":"U8","shape":[1],"data_offsets":[16,17]}}""",
            Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' '));
        Assert.Equal(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0x80, 0x3F, 1 }, bytes[(8 + length)..]);
    }

    [Fact]
    public void A_mapped_weight_outlives_its_file_object_and_keeps_changes_to_itself()
    {
        using var scratch = new ScratchFolder();
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(scratch["x"], [new("a", ones(1000))]);
        var before = File.ReadAllBytes(scratch["x"]);

        Tensor mapped;
        using (var file = SafetensorsFile.Open(scratch["x"]))
        {
            mapped = file.Map("a");
        }

        mapped.mul_(3);
        SafetensorsWriter.Write(scratch["x"], [new("a", mapped)]);

        Assert.Equal(3000, mapped.sum().ToDouble());
        Assert.Equal(before.Length, new FileInfo(scratch["x"]).Length);
    }

    [Fact]
    public void Notes_and_odd_names_come_back_and_wrong_weights_are_refused()
    {
        using var scratch = new ScratchFolder();
        using var scope = NewDisposeScope();
        const string odd = "Gr\u00fc\u00dfe \"quoted\" \n \u6c34 \ud83d\ude00";

        SafetensorsWriter.Write(scratch["x"], [new(odd, ones(1))], new Dictionary<string, string> { ["note"] = odd, ["format"] = "np" });

        using (var file = SafetensorsFile.Open(scratch["x"]))
        {
            Assert.Equal([odd], file.Entries.Keys);
            Assert.Equal(odd, file.Metadata["note"]);
            Assert.Equal("np", file.Metadata["format"]);
        }

        Assert.Throws<CheckpointException>(() => SafetensorsWriter.Write(scratch["x"], [new("a", ones(1)), new("a", ones(1))]));
        Assert.Throws<CheckpointException>(() => SafetensorsWriter.Write(scratch["x"], [new("__metadata__", ones(1))]));
        Assert.Contains("'c'", Assert.Throws<CheckpointException>(() => SafetensorsWriter.Write(scratch["x"], [new("c", ones(1, dtype: ScalarType.ComplexFloat32))])).Message, StringComparison.Ordinal);
        Assert.Equal(["x"], Directory.GetFiles(scratch.Path).Select(Path.GetFileName));
        Assert.Throws<PlinthException>(() => SafetensorsWriter.Write(scratch.Path, [new("a", ones(1))]));
    }

    private static Tensor As(Tensor bytes, ScalarType type)
    {
        var call = new Plinth.Core.Native.AtenCall();
        call.Push(bytes).Push((long)type);
        call.Invoke("aten::view", "dtype");
        return call.Result();
    }

    private static byte[] Bytes(Tensor tensor) => tensor.numel() == 0 ? [] : As(tensor.contiguous().view(-1), ScalarType.Byte).data<byte>().ToArray();
}
