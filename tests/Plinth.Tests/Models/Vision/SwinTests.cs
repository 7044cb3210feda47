using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Models.Vision.Swin;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models.Vision;

public sealed class SwinTests
{
    private static readonly SwinConfig Tiny = new() { EmbedDim = 8, Depths = [2, 1, 1], NumHeads = [1, 2, 4], PatchSize = 2, WindowSize = 4, ImageSize = new(32) };

    [Theory]
    [InlineData(32, 32, 4 * 4)]
    [InlineData(31, 45, 4 * 6)]
    [InlineData(3, 9, 1 * 2)]
    public void Pictures_of_any_size_are_taken(long height, long width, long positions)
    {
        using var scope = NewDisposeScope();
        using var model = new Model(new SwinFamily(), Tiny, HeadKind.ImageClassification);
        Assert.Equal([2L, positions, 32L], model.Backbone.Run(new ImageBatch { PixelValues = randn(2, 3, height, width) }).Hidden.shape);
    }

    [Fact]
    public void Hidden_patches_are_refused()
    {
        using var scope = NewDisposeScope();
        using var model = new Model(new SwinFamily(), Tiny, HeadKind.None);
        var batch = new ImageBatch { PixelValues = randn(2, 3, 32, 32), PatchMask = zeros(2, 256, ScalarType.Bool) };
        Assert.Contains("hidden", Assert.Throws<ArgumentException>(() => model.Backbone.Run(batch)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gradients_reach_every_weight()
    {
        using var scope = NewDisposeScope();
        using var model = new Model(new SwinFamily(), Tiny, HeadKind.ImageClassification);
        model.Logits(new ImageBatch { PixelValues = randn(2, 3, 32, 32) }).square().sum().backward();
        Assert.All(model.named_parameters(), entry => Assert.True(entry.parameter.grad!.isfinite().all().ToBoolean(), entry.name));
    }

    [Theory]
    [InlineData("""{ "use_absolute_embeddings": true }""", "use_absolute_embeddings")]
    [InlineData("""{ "drop_path_rate": 1 }""", "drop_path_rate")]
    [InlineData("""{ "num_heads": [3, 6] }""", "num_heads")]
    [InlineData("""{ "mlp_ratio": -1 }""", "mlp_ratio")]
    [InlineData("""{ "embed_dim": 15000000 }""", "embed_dim")]
    [InlineData("""{ "window_size": 0 }""", "window_size")]
    [InlineData("""{ "window_size": 1000000 }""", "window_size")]
    public void Configs_that_cannot_be_built_are_refused_by_name(string json, string field) =>
        Assert.Contains(field, Assert.Throws<CheckpointException>(() => new SwinFamily().ReadConfig(JsonNode.Parse(json)!.AsObject(), "config.json")).Message, StringComparison.Ordinal);
}
