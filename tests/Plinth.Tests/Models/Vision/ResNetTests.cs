using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models;
using Plinth.Models.Vision.ResNet;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models.Vision;

public sealed class ResNetTests
{
    private static readonly ResNetConfig Tiny = new() { EmbeddingSize = 8, HiddenSizes = [16, 32], Depths = [1, 2] };

    [Theory]
    [InlineData("basic", false, false, 4)]
    [InlineData("bottleneck", false, false, 4)]
    [InlineData("bottleneck", true, false, 2)]
    [InlineData("bottleneck", true, true, 2)]
    public void Features_are_the_last_map_row_by_row(string layers, bool inFirst, bool inBottleneck, long rows)
    {
        using var scope = NewDisposeScope();
        using var model = Build(Tiny with { LayerType = layers, DownsampleInFirstStage = inFirst, DownsampleInBottleneck = inBottleneck });
        var batch = new ImageBatch { PixelValues = randn(2, 3, 32, 64) };
        var states = new List<Tensor>();
        Assert.Equal([2L, rows * rows * 2, 32L], model.Backbone.Run(batch, new() { HiddenStates = states }).Hidden.shape);
        Assert.Equal([[2L, 128, 8], [2L, inFirst ? 32 : 128, 16], [2L, rows * rows * 2, 32]], states.Select(state => state.shape));
        states.ForEach(state => state.Dispose());
    }

    [Fact]
    public void What_a_training_gathers_is_saved_and_loaded()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = Build(Tiny);
        var batch = new ImageBatch { PixelValues = randn(4, 3, 32, 32) };
        model.train();
        model.Logits(batch);
        model.Logits(batch);
        Checkpoint.Save(model, folder.Path("model"));
        using (var file = SafetensorsFile.Open(folder.Path("model/model.safetensors")))
        {
            Assert.Equal(2, file.Read("resnet.embedder.embedder.normalization.num_batches_tracked").ToInt64());
        }

        using var again = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families).Model;
        model.eval();
        using var noGrad = no_grad();
        Assert.Equal(0, (model.Logits(batch) - again.Logits(batch)).abs().max().ToDouble());
        Assert.True(again.named_buffers().Single(entry => entry.name == "backbone.stem.first.norm.mean").buffer.abs().max().ToDouble() > 0);
    }

    [Fact]
    public void A_file_without_counts_of_batches_is_whole_and_one_without_means_is_not()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = Build(Tiny);
        var weights = Checkpoint.ForeignWeights(model);
        Directory.CreateDirectory(folder.Path("model"));
        File.WriteAllText(folder.Path("model/config.json"), (Tiny with { Architectures = ["ResNetForImageClassification"] }).ToJsonText());
        SafetensorsWriter.Write(folder.Path("model/model.safetensors"), [.. weights.Where(entry => entry.Value.is_floating_point())]);
        using var again = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families).Model;
        Assert.All(again.named_buffers().Where(entry => !entry.buffer.is_floating_point()), entry => Assert.Equal(0, entry.buffer.ToInt64()));

        SafetensorsWriter.Write(folder.Path("model/model.safetensors"), [.. weights.Where(entry => !entry.Key.EndsWith("running_mean", StringComparison.Ordinal))]);
        Assert.Contains("running_mean", Assert.Throws<CheckpointException>(() => Checkpoint.Load(folder.Path("model"), ModelCatalog.Families)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "layer_type": "wide" }""", "layer_type")]
    [InlineData("""{ "depths": [1, 2] }""", "hidden_sizes")]
    [InlineData("""{ "depths": null }""", "depths")]
    [InlineData("""{ "depths": [3, 4, 6, 0] }""", "depths")]
    [InlineData("""{ "hidden_sizes": [256, 512, 1024, -1] }""", "hidden_sizes")]
    public void Configs_that_describe_no_stages_are_refused_by_name(string json, string field)
    {
        var error = Assert.Throws<CheckpointException>(() => new ResNetFamily().ReadConfig(JsonNode.Parse(json)!.AsObject(), "config.json"));
        Assert.StartsWith("config.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
    }

    private static Model Build(ResNetConfig config)
    {
        random.manual_seed(5);
        return new(new ResNetFamily(), config, HeadKind.ImageClassification);
    }
}
