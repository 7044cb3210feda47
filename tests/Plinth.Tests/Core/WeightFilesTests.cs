using System.Text.Json;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Core;

public class WeightFilesTests
{
    [Fact]
    public void Shards_of_the_reference_are_one_source()
    {
        // Values taken from the bytes with Python's struct module.
        using var source = WeightFiles.Open(Fixtures.Folder("gpt2-lm-sharded"));
        using var scope = NewDisposeScope();

        var weight = source.Read("transformer.h.0.mlp.c_proj.weight");

        Assert.Equal(28, source.Entries.Count);
        Assert.Equal([64L, 16], weight.shape);
        Assert.Equal(6.812583881721366, weight.to(ScalarType.Float64).sum().ToDouble(), 1e-10);
        Assert.Equal(28, WeightFixtures.ReadAll(() => WeightFiles.Open(Fixtures.Folder("gpt2-lm-sharded"))));
    }

    [Fact]
    public void Saving_one_file_then_shards_then_one_file_leaves_only_the_last()
    {
        using var scratch = new ScratchFolder();
        using var scope = NewDisposeScope();
        var weights = Enumerable.Range(0, 5).Select(i => KeyValuePair.Create($"w{i}", full(10, 4, i, dtype: ScalarType.Float32))).ToList();

        WeightFiles.Save(scratch.Path, weights);
        Assert.Equal(["model.safetensors"], Names(scratch));

        WeightFiles.Save(scratch.Path, weights, maxShardBytes: 320);
        Assert.Equal(["model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors", "model.safetensors.index.json"], Names(scratch));
        using (var index = JsonDocument.Parse(File.ReadAllText(scratch["model.safetensors.index.json"])))
        {
            Assert.Equal(800, index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64());
            Assert.Equal("model-00002-of-00003.safetensors", index.RootElement.GetProperty("weight_map").GetProperty("w2").GetString());
        }

        CheckAll(scratch, weights);

        WeightFiles.Save(scratch.Path, weights, maxShardBytes: 1);
        Assert.Equal(6, Names(scratch).Count());
        CheckAll(scratch, weights);

        WeightFiles.Save(scratch.Path, weights);
        Assert.Equal(["model.safetensors"], Names(scratch));
        CheckAll(scratch, weights);
    }

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a\\b.safetensors")]
    [InlineData("C:x.safetensors")]
    [InlineData("sub/x.safetensors")]
    [InlineData("x\u0000.safetensors")]
    [InlineData("absent.safetensors")]
    [InlineData("config.json")]
    public void An_index_may_only_name_weight_files_of_its_own_folder(string file)
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch["config.json"], "{}");
        File.WriteAllText(scratch["model.safetensors.index.json"], JsonSerializer.Serialize(new { weight_map = new { a = file } }));

        Assert.Throws<CheckpointException>(() => WeightFiles.Open(scratch.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"weight_map":[]}""")]
    [InlineData("""{"weight_map":{"a":1}}""")]
    [InlineData("""{"weight_map":{"a":"x.safetensors","a":"x.safetensors"}}""")]
    [InlineData("""{"weight_map":{"\ud800":"x.safetensors"}}""")]
    [InlineData("""{"weight_map":{"a":"\ud800"}}""")]
    public void A_malformed_index_is_refused(string text)
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch["model.safetensors.index.json"], text);

        Assert.Contains("index.json", Assert.Throws<CheckpointException>(() => WeightFiles.Open(scratch.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_that_are_not_what_the_index_says_are_refused()
    {
        using var scratch = new ScratchFolder();
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(scratch["one.safetensors"], [new("a", ones(1))]);
        SafetensorsWriter.Write(scratch["two.safetensors"], [new("b", ones(1))]);
        SafetensorsWriter.Write(scratch["both.safetensors"], [new("a", ones(1)), new("b", ones(1))]);

        Assert.Contains("'a'", Refused(new { a = "two.safetensors", b = "one.safetensors" }), StringComparison.Ordinal);
        Assert.Contains("'c'", Refused(new { a = "one.safetensors", c = "one.safetensors" }), StringComparison.Ordinal);
        Assert.Contains("two files", Refused(new { a = "one.safetensors", b = "both.safetensors" }), StringComparison.Ordinal);

        string Refused(object map)
        {
            File.WriteAllText(scratch["model.safetensors.index.json"], JsonSerializer.Serialize(new { weight_map = map }));
            return Assert.Throws<CheckpointException>(() => WeightFiles.Open(scratch.Path)).Message;
        }
    }

    [Fact]
    public void Pickled_shards_are_one_source_and_safetensors_go_before_them()
    {
        using var scratch = new ScratchFolder();
        using var scope = NewDisposeScope();
        var fixture = Path.Combine(Fixtures.Folder("bert-sequence-classification-ptbin"), "pytorch_model.bin");
        File.Copy(fixture, scratch["pytorch_model-00001-of-00001.bin"]);
        File.WriteAllText(scratch["pytorch_model.bin.index.json"], """{"weight_map":{"classifier.bias":"pytorch_model-00001-of-00001.bin"}}""");

        using (var pickled = WeightFiles.Open(scratch.Path))
        {
            Assert.Equal(41, pickled.Entries.Count); // what a shard holds counts, listed or not
            Assert.Equal([3L], pickled.Read("classifier.bias").shape);
        }

        WeightFiles.Save(scratch.Path, [new("only", ones(2))]);
        using var saved = WeightFiles.Open(scratch.Path);
        Assert.Equal(["only"], saved.Entries.Keys);
    }

    [Fact]
    public void A_folder_without_weights_is_said()
    {
        using var scratch = new ScratchFolder();

        Assert.Contains("model.safetensors", Assert.Throws<CheckpointException>(() => WeightFiles.Open(scratch.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("no folder", Assert.Throws<CheckpointException>(() => WeightFiles.Open(scratch["absent"])).Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => WeightFiles.OpenFile(scratch.Write("weights.txt", [])));
    }

    private static IEnumerable<string?> Names(ScratchFolder scratch) => Directory.GetFiles(scratch.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private static void CheckAll(ScratchFolder scratch, List<KeyValuePair<string, Tensor>> weights)
    {
        using var source = WeightFiles.Open(scratch.Path);
        Assert.Equal(weights.Count, source.Entries.Count);
        foreach (var (name, tensor) in weights)
        {
            Assert.True(tensor.Equals(source.Read(name)), name);
        }
    }
}
