using System.IO.Compression;
using System.Text;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Core;

public class TorchBinFileTests
{
    // Opcodes as in pickletools; names and texts are short enough for the one-byte forms.
    private const string Proto = "\u0080\u0002", Dict = "}", Mark = "(", Tuple = "t", SetItem = "s", Persistent = "Q", Call = "R", Stop = ".", False = "\u0089";
    private static readonly string noHooks = "ccollections\nOrderedDict\n)R";

    [Fact]
    public void Weights_of_the_reference_are_read()
    {
        // Values taken from the bytes with Python's zipfile and struct modules.
        using var source = WeightFiles.Open(Fixtures.Folder("bert-sequence-classification-ptbin"));
        using var scope = NewDisposeScope();

        var words = source.Read("bert.embeddings.word_embeddings.weight");
        var last = source.Read("classifier.bias");

        Assert.Equal(41, source.Entries.Count);
        Assert.Equal([90L, 16], words.shape);
        Assert.Equal(0.9040092806098983, words.to(ScalarType.Float64).sum().ToDouble(), 1e-10);
        Assert.Equal([-0.4824056327342987f, 0.0547848641872406f, 0.4723035991191864f], last.data<float>().ToArray());
        Assert.Equal(41, WeightFixtures.ReadAll(() => WeightFiles.Open(Fixtures.Folder("bert-sequence-classification-ptbin"))));
    }

    [Theory]
    [InlineData(0, "2,3", "3,1", new float[] { 0, 1, 2, 3, 4, 5 })]
    [InlineData(1, "2,2", "1,2", new float[] { 1, 3, 2, 4 })]
    [InlineData(5, "", "", new float[] { 5 })]
    [InlineData(2, "2", "3", new float[] { 2, 5 })]
    [InlineData(0, "0,4", "4,1", new float[] { })]
    [InlineData(0, "2,2", "0,1", new float[] { 0, 1, 0, 1 })]
    public void Views_are_read_as_what_they_show(int offset, string shape, string strides, float[] expected)
    {
        using var scratch = new ScratchFolder();
        using var file = TorchBinFile.Open(scratch.Write("x.bin", Zip(Proto + Dict + Text("w") + TensorOf(offset, shape, strides) + SetItem + Stop)));
        using var weight = file.Read("w");

        Assert.Equal(expected, weight.numel() == 0 ? [] : weight.data<float>().ToArray());
        Assert.Equal(Sizes(shape).Select(size => (long)size), weight.shape);
        Assert.Throws<CheckpointException>(() => file.Read("v"));
    }

    public static TheoryData<string, string> Hostile() => new()
    {
        { "cos\nsystem\n(U\u0002lstR.", "'os.system'" },
        { "c__builtin__\neval\n(U\u00011tR.", "'__builtin__.eval'" },
        { "ctorch\nload\n.", "'torch.load'" },
        { "ctorch._utils\n_rebuild_device_tensor_from_numpy\n.", "_rebuild_device" },
        { "U\u0002osU\u0006system\u0093.", "'os.system'" },
        { "(ios\nsystem\n.", "0x69" },                                    // INST
        { "(cos\nsystem\no.", "'os.system'" },
        { "ccollections\nOrderedDict\n)\u0081.", "0x81" },                // NEWOBJ
        { "ccollections\nOrderedDict\n(U\u0001atR.", "OrderedDict" },
        { "U\u0001aU\u0001bR.", "no function" },
        { "\u0082\u0001.", "0x82" },                                      // EXT1
        { "I1\n.", "0x49" },                                              // text form of protocol 0
        { ".", "values" },
        { "}}.", "values" },
        { "(.", "values" },
        { "t.", "never opened" },
        { "R.", "not there" },
        { "(}s.", "not there" },
        { "h\u0000.", "never stored" },
        { "q\u0000.", "not there" },
        { "X\u00ff\u00ff\u00ff\u007fabc.", "cut off" },
        { "X\u00ff\u00ff\u00ff\u00ffabc.", "cut off" },
        { "U\u0002\u00ff\u00ff.", "UTF-8" },
        { "\u008a\u0009123456789.", "64 bits" },
        { "cos", "cut off" },
        { "", "cut off" },
        { "\u0080\u0009.", "protocol" },
        { "N.", "no dictionary" },
        { "].", "no dictionary" },
        { "}U\u0001aNs.", "'a'" },
        { "}K\u0001Ns.", "no text" },
        { "}U\u0001aNsU\u0001aNs.", "'a'" },
        { "}(U\u0001au.", "no dictionary" },
        { "NK\u0001a.", "no list" },
        { "NK\u0001b.", "dictionary" },
        { "(U\u0007storageU\u0001xU\u00010U\u0003cpuK\u0006tQ.", "another way" },
        { new string('(', 1000), "nested" },
        { "}" + Text("w") + TensorOf(0, "7", "1") + "s.", "'w'" },
        { "}" + Text("w") + TensorOf(1, "2,3", "3,1") + "s.", "'w'" },
        { "}" + Text("w") + TensorOf(0, "2", "6") + "s.", "'w'" },
        { "}" + Text("w") + TensorOf(0, "2,2", "1") + "s.", "'w'" },
        { "}" + Text("w") + TensorOf(0, "255,255", "0,0") + "s.", "'w'" },
        { "}" + Text("w") + TensorOf(0, "2", "1", key: "1") + "s.", "'w'" },
        { "}" + Text("w") + TensorOf(0, "2", "1", key: "../data.pkl") + "s.", "'w'" },
        { "}" + Text("w") + TensorOf(0, "2", "1", count: 7) + "s.", "'w'" },
        { "}" + Text("w") + TensorOf(0, "2", "1", type: "DoubleStorage") + "s.", "'w'" },
        { "}" + Text("w") + TensorOf(0, "2", "1", type: "UntypedStorage") + "s.", "UntypedStorage" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_pickle_is_refused_by_name_and_runs_nothing(string pickle, string place)
    {
        using var scratch = new ScratchFolder();
        var path = scratch.Write("hostile.bin", Zip(pickle));

        var error = Assert.Throws<CheckpointException>(() => TorchBinFile.Open(path));

        Assert.Contains("hostile.bin", error.Message, StringComparison.Ordinal);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Version_notes_parameters_and_a_nested_state_dict_are_understood()
    {
        var inner = "ccollections\nOrderedDict\n)R" + Text("w") + "ctorch._utils\n_rebuild_parameter\n(" + TensorOf(0, "2", "1") + "\u0088" + noHooks + "tR" + SetItem
            + "}" + Text("_metadata") + "ccollections\nOrderedDict\n)Rsb";
        using var scratch = new ScratchFolder();
        using var file = TorchBinFile.Open(scratch.Write("x.bin", Zip("\u0080\u0002}" + Text("epoch") + "K\u0003s" + Text("state_dict") + inner + "s.")));

        Assert.Equal(["w"], file.Entries.Keys);
    }

    [Fact]
    public void Files_that_are_no_zip_or_not_of_this_kind_are_refused()
    {
        using var scratch = new ScratchFolder();
        const string good = "\u0080\u0002}.";

        Assert.Contains("1.6", Refused(Encoding.Latin1.GetBytes(good)), StringComparison.Ordinal);
        Assert.Contains("x.bin", Refused([]), StringComparison.Ordinal);
        Assert.Contains("x.bin", Refused(Zip(good)[..60]), StringComparison.Ordinal);
        Assert.Contains("big-endian", Refused(Zip(good, byteOrder: "big")), StringComparison.Ordinal);
        Assert.Contains("compressed", Refused(Zip(good + new string('.', 1000), level: CompressionLevel.Optimal)), StringComparison.Ordinal);
        Assert.Contains("data.pkl", Refused(Zip(good, pickleName: "other.pkl")), StringComparison.Ordinal);
        Assert.Contains("twice", Refused(Zip(good, twice: true)), StringComparison.Ordinal);

        string Refused(byte[] bytes) => Assert.Throws<CheckpointException>(() => TorchBinFile.Open(scratch.Write("x.bin", bytes))).Message;
    }

    /// <summary>A file as torch.save writes it, with one storage "0" of the floats 0 to 5.</summary>
    internal static byte[] Zip(string pickle, string byteOrder = "little", string pickleName = "data.pkl", CompressionLevel level = CompressionLevel.NoCompression, bool twice = false)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(pickleName, Encoding.Latin1.GetBytes(pickle));
            Add("byteorder", Encoding.Latin1.GetBytes(byteOrder));
            Add("data/0", [.. Enumerable.Range(0, 6).SelectMany(i => BitConverter.GetBytes((float)i))]);
            if (twice)
            {
                Add("data/0", []);
            }

            void Add(string name, byte[] bytes)
            {
                using var entry = zip.CreateEntry("archive/" + name, level).Open();
                entry.Write(bytes);
            }
        }

        return stream.ToArray();
    }

    private static string Text(string text) => "U" + (char)text.Length + text;

    private static string TensorOf(int offset, string shape, string strides, string key = "0", int count = 6, string type = "FloatStorage") =>
        "ctorch._utils\n_rebuild_tensor_v2\n" + Mark
        + Mark + Text("storage") + $"ctorch\n{type}\n" + Text(key) + Text("cpu") + Number(count) + Tuple + Persistent
        + Number(offset) + Numbers(shape) + Numbers(strides) + False + noHooks + Tuple + Call;

    private static string Number(int number) => "K" + (char)number;

    private static string Numbers(string list) => Mark + string.Concat(Sizes(list).Select(Number)) + Tuple;

    private static IEnumerable<int> Sizes(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(number => int.Parse(number, System.Globalization.CultureInfo.InvariantCulture));
}
