using System.Text;
using Plinth.Core;
using Plinth.Core.Checkpoints;

namespace Plinth.Tests.Core;

/// <summary>Files of torch.save before PyTorch 1.6, from bytes that the test writes itself.</summary>
public class TorchStreamTests
{
    private const string Magic = "\u0080\u0002\u008a\u000a\u006c\u00fc\u009c\u0046\u00f9\u0020\u006a\u00a8\u0050\u0019.", Version = "\u0080\u0002M\u00e9\u0003.";
    private const string Keys = "\u0080\u0002]q\u0000(X\u0002\u0000\u0000\u000010q\u0001X\u0001\u0000\u0000\u00002q\u0002e.";
    private const string NoHooks = "ccollections\nOrderedDict\n)R";

    private static readonly string weights =
        "\u0080\u0002ccollections\nOrderedDict\nq\u0000)Rq\u0001(" + Text("a") + Tensor("10", 6, 0, "(K\u0002K\u0003t", "(K\u0003K\u0001t") + Text("b") + Tensor("10", 6, 4, "(K\u0002t", "(K\u0001t")
        + Text("c") + Tensor("2", 1, 0, "(t", "(t", "LongStorage") + "u.";

    private static readonly string data = Long(6) + string.Concat(Enumerable.Range(0, 6).Select(i => Latin(BitConverter.GetBytes((float)i)))) + Long(1) + Long(-7);

    [Theory]
    [InlineData(Magic)]
    [InlineData("\u0080\u0004\u0095\u000d\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u008a\u000a\u006c\u00fc\u009c\u0046\u00f9\u0020\u006a\u00a8\u0050\u0019.")] // Protocol 4 has frames.
    public void Weights_are_read_as_they_were_written(string magic)
    {
        using var scratch = new ScratchFolder();
        using var file = WeightFiles.OpenFile(Write(scratch, magic + Version + Machine() + weights + Keys + data));
        using TorchSharp.torch.Tensor a = file.Read("a"), b = file.Read("b"), c = file.Read("c");

        Assert.Equal(["a", "b", "c"], file.Entries.Keys);
        Assert.Equal([2L, 3], a.shape);
        Assert.Equal([0f, 1, 2, 3, 4, 5], a.data<float>().ToArray());
        Assert.Equal([4f, 5], b.data<float>().ToArray());
        Assert.Equal(-7, c.item<long>());
    }

    public static TheoryData<string, string> Hostile() => new()
    {
        { Magic + "\u0080\u0002M\u00e8\u0003." + Machine() + weights + Keys + data, "version" },
        { Magic + Version + "\u0080\u0002}." + weights + Keys + data, "machine" },
        { Magic + Version + Machine('\u0089') + weights + Keys + data, "big-endian" },
        { Magic + Version + Machine() + "\u0080\u0002cos\nsystem\n(U\u0002lstR." + Keys + data, "'os.system'" },
        { Magic + Version + "cos\nsystem\n(U\u0002lstR." + weights + Keys + data, "'os.system'" },
        { Magic + Version + Machine() + weights + "c__builtin__\neval\n(U\u00011tR." + data, "'__builtin__.eval'" },
        { Magic + Version + Machine() + "\u0080\u0002(ios\nsystem\n." + Keys + data, "0x69" },
        { Magic + Version + Machine() + "\u0080\u0002N." + "\u0080\u0002]." + data, "no dictionary" },
        { Magic + Version + Machine() + weights + "\u0080\u0002}." + data, "list of its storages" },
        { Magic + Version + Machine() + weights + "\u0080\u0002]U\u000210a." + data, "'2'" },
        { Magic + Version + Machine() + weights + "\u0080\u0002](U\u000210U\u00012U\u00019e." + data, "'9'" },
        { Magic + Version + Machine() + weights + "\u0080\u0002](U\u000210U\u000210e." + data, "says that it has 1 elements" },
        { Magic + Version + Machine() + weights + Keys + Long(7) + data[8..], "says that it has 7 elements" },
        { Magic + Version + Machine() + weights + Keys + Long(-1) + data[8..], "says that it has -1 elements" },
        { Magic + Version + Machine() + weights + Keys + Long(long.MaxValue) + data[8..], "elements" },
        { Magic + Version + Machine() + One(Tensor("10", 6, 1, "(K\u0002K\u0003t", "(K\u0003K\u0001t")) + "\u0080\u0002]U\u000210a." + data, "'w'" },
        // A count that the file could never hold, told twice.
        { Magic + Version + Machine() + One(Tensor("10", 0, 0, "(K\u0002t", "(K\u0001t", number: "\u008a\u0008\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f")) + "\u0080\u0002]U\u000210a." + Long(long.MaxValue), "elements" },
        { Magic + Version + Machine() + One(Tensor("10", 6, 0, "(K\u0002t", "(K\u0001t", view: "(U\u00011K\u0000K\u0001t")) + "\u0080\u0002]U\u000210a." + data, "view" },
        { Magic + Version + Machine() + "}(" + Text("a") + Tensor("10", 6, 0, "(K\u0001t", "(K\u0001t") + Text("b") + Tensor("10", 6, 0, "(K\u0001t", "(K\u0001t", "IntStorage") + "u." + Keys + data, "two ways" },
        { Magic[..^1] + "N" + Version + Machine() + weights + Keys + data, "neither form" },
        { new string('.', 40) + Magic + Version + Machine() + weights + Keys + data, "neither form" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_file_is_refused_by_name_and_runs_nothing(string bytes, string place)
    {
        using var scratch = new ScratchFolder();
        var error = Assert.Throws<CheckpointException>(() => TorchBinFile.Open(Write(scratch, bytes)));
        Assert.Contains("x.bin", error.Message, StringComparison.Ordinal);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_or_damaged_in_nothing_but_typed_errors()
    {
        using var scratch = new ScratchFolder();
        var sound = Magic + Version + Machine() + weights + Keys + data;
        for (var length = 0; length < sound.Length; length++)
        {
            Assert.Throws<CheckpointException>(() => TorchBinFile.Open(Write(scratch, sound[..length])));
        }

        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var bytes = Encoding.Latin1.GetBytes(sound);
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                WeightFixtures.ReadAll(() => TorchBinFile.Open(scratch.Write("x.bin", bytes)));
            }
            catch (CheckpointException error)
            {
                Assert.Contains("x.bin", error.Message, StringComparison.Ordinal);
            }
        }
    }

    private static string Write(ScratchFolder scratch, string bytes) => scratch.Write("x.bin", Encoding.Latin1.GetBytes(bytes));

    // As torch writes it: protocol, byte order, sizes of C's types.
    private static string Machine(char little = '\u0088') =>
        "\u0080\u0002}(" + Text("protocol_version") + "M\u00e9\u0003" + Text("little_endian") + little + Text("type_sizes") + "}(" + Text("short") + "K\u0002" + Text("int") + "K\u0004" + Text("long") + "K\u0004uu.";

    private static string One(string tensor) => "}" + Text("w") + tensor + "s.";

    private static string Tensor(string key, int count, int offset, string shape, string strides, string type = "FloatStorage", string view = "N", string? number = null) =>
        "ctorch._utils\n_rebuild_tensor_v2\n((" + Text("storage") + $"ctorch\n{type}\n" + Text(key) + Text("cpu") + (number ?? "K" + (char)count) + view + "tQK" + (char)offset
        + shape + strides + "\u0089" + NoHooks + "tR";

    private static string Text(string text) => "X" + (char)text.Length + "\0\0\0" + text;

    private static string Long(long number) => Latin(BitConverter.GetBytes(number));

    private static string Latin(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
