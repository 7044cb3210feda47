using System.Text;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Core;

public class SafetensorsFileTests
{
    private const string Good = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    public static TheoryData<string, string, int, string> Hostile() => new()
    {
        { "text", "hello", 0, "JSON" },
        { "array", "[]", 0, "JSON" },
        { "empty", "", 0, "JSON" },
        { "leading space", " " + Good, 8, "JSON" },
        { "cut off", Good[..^3], 8, "JSON" },
        { "trailing", Good + "x", 8, "JSON" },
        { "second object", Good + "{}", 8, "JSON" },
        { "deep", "{\"a\":" + new string('[', 1000), 8, "'a'" },
        { "duplicate", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'a'" },
        { "duplicate escaped", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'a'" },
        { "duplicate field", """{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "'dtype'" },
        { "lone surrogate", """{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "JSON" },
        { "unknown dtype", """{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}""", 8, "'F33'" },
        { "dtype number", """{"a":{"dtype":3,"shape":[2],"data_offsets":[0,8]}}""", 8, "'dtype'" },
        { "no dtype", """{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "lacks" },
        { "no shape", """{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "lacks" },
        { "no offsets", """{"a":{"dtype":"F32","shape":[2]}}""", 8, "lacks" },
        { "extra field", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}""", 8, "'x'" },
        { "entry is list", """{"a":[]}""", 0, "'a'" },
        { "entry is null", """{"a":null}""", 0, "'a'" },
        { "negative shape", """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "shape" },
        { "two negative", """{"a":{"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]}}""", 8, "shape" },
        { "fraction", """{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "shape" },
        { "text shape", """{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", 8, "shape" },
        { "overflow", """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", 8, "shape" },
        { "wraps to 2", """{"a":{"dtype":"U8","shape":[9223372036854775807,2],"data_offsets":[0,8]}}""", 8, "shape" },
        { "zero hides overflow", """{"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "shape" },
        { "beyond 64 bits", """{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", 8, "shape" },
        { "65 dimensions", Good.Replace("[2]", "[" + string.Join(',', Enumerable.Repeat(1, 65)) + "]", StringComparison.Ordinal), 8, "shape" },
        { "three offsets", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}""", 8, "data_offsets" },
        { "one offset", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "lacks" },
        { "offsets backwards", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "data_offsets" },
        { "offsets negative", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "data_offsets" },
        { "offsets too few for shape", """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "needs 12" },
        { "wrong dtype for bytes", """{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}""", 8, "needs 4" },
        { "out of file", """{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", 8, "cut off" },
        { "huge", """{"a":{"dtype":"U8","shape":[1000000000000],"data_offsets":[0,1000000000000]}}""", 8, "cut off" },
        { "gap at the beginning", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "gap" },
        { "gap at the end", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "8 bytes" },
        { "gap", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "gap" },
        { "overlap", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "overlap" },
        { "same place", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "overlap" },
        { "metadata is text", """{"__metadata__":"x"}""", 0, "__metadata__" },
        { "metadata holds number", """{"__metadata__":{"x":1}}""", 0, "'x'" },
        { "metadata twice", """{"__metadata__":{},"__metadata__":{}}""", 0, "__metadata__" },
        { "control characters", "{\"a\\n\\u001b[31m\":{\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "'a\ufffd\ufffd[31m'" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_header_is_refused_with_file_and_place(string what, string header, int dataLength, string place)
    {
        using var scratch = new ScratchFolder();
        var path = scratch.Write("hostile.safetensors", WeightFixtures.Safetensors(header, dataLength));

        var error = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path));

        Assert.Contains("hostile.safetensors", error.Message, StringComparison.Ordinal);
        Assert.True(error.Message.Contains(place, StringComparison.Ordinal), $"{what}: {error.Message}");
        Assert.InRange(error.Message.Length, 1, 1000);
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(long.MaxValue)]
    [InlineData(100_000_001L)]
    [InlineData(1000L)]
    [InlineData(3L)]
    public void A_lying_header_length_is_refused(long claimed)
    {
        using var scratch = new ScratchFolder();
        var path = scratch.Write("x.safetensors", WeightFixtures.Safetensors(Good, 8, claimed));

        Assert.Contains("x.safetensors", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_is_not_UTF8_and_files_that_are_none_are_refused()
    {
        using var scratch = new ScratchFolder();
        var latin = Encoding.Latin1.GetBytes("{\"\u00e4\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}");

        Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(scratch.Write("latin", WeightFixtures.Safetensors(latin, 8))));
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(scratch.Write("empty", [])));
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(scratch.Write("short", [1, 2, 3])));
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(scratch["absent"]));
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(scratch.Path));
    }

    [Fact]
    public void A_sound_file_gives_its_values_its_notes_and_an_error_for_other_names()
    {
        using var scratch = new ScratchFolder();
        var bytes = WeightFixtures.Safetensors("""{"__metadata__":{"format":"pt","x":"y"},"a":{"dtype":"I16","shape":[1,3],"data_offsets":[0,6]},"none":{"dtype":"F64","shape":[0,5],"data_offsets":[6,6]}} """, 6);
        bytes[^6] = 7;
        bytes[^1] = 0x80;
        using var file = SafetensorsFile.Open(scratch.Write("x", bytes));

        using var a = file.Read("a");
        using var none = file.Read("none");

        Assert.Equal([7, 0, -32768], a.data<short>().ToArray());
        Assert.Equal([1L, 3], a.shape);
        Assert.Equal([0L, 5], none.shape);
        Assert.Equal("y", file.Metadata["x"]);
        Assert.Equal(3, file.Entries["a"].Count);
        Assert.Contains("'b'", Assert.Throws<CheckpointException>(() => file.Read("b")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_shrinks_after_it_was_opened_is_an_error()
    {
        using var scratch = new ScratchFolder();
        var path = scratch.Write("x", WeightFixtures.Safetensors(Good, 8));
        using var file = SafetensorsFile.Open(path);
        using (var other = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            other.SetLength(other.Length - 4);
        }

        Assert.Contains("'a'", Assert.Throws<CheckpointException>(() => file.Read("a")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_precision_weights_of_the_reference_are_read()
    {
        // Values taken from the bytes with Python's struct module.
        using var file = SafetensorsFile.Open(Path.Combine(Fixtures.Folder("bert-base-fp16file"), "model.safetensors"));
        using var scope = NewDisposeScope();

        var words = file.Read("embeddings.word_embeddings.weight");

        Assert.Equal(39, file.Entries.Count);
        Assert.Equal(ScalarType.Float16, words.dtype);
        Assert.Equal([90L, 16], words.shape);
        Assert.Equal(7.457423448562622, words.to(ScalarType.Float64).sum().ToDouble(), 1e-12);
        Assert.Equal(-0.1717529296875, words[0, 1].to(ScalarType.Float64).ToDouble());
        Assert.True(words.Equals(file.Map("embeddings.word_embeddings.weight")));
    }
}
