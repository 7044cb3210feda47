using Plinth.Core;
using Plinth.Layers.Patches;
using Plinth.Models.Vision.Vit;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models.Vision;

/// <summary>Patches, positions on grids, and what a config of pictures may say.</summary>
public sealed class PatchTests
{
    private static readonly ModelShape Tiny = new(1, 16, 2, 0, 0) { Image = new(16, 4) };

    [Fact]
    public void A_patch_embedding_is_a_convolution()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var patches = new PatchEmbedding(3, 4, 8);
        var pixels = randn(2, 3, 8, 12);
        var (weight, bias) = (patches.get_parameter("weight")!, patches.get_parameter("bias")!);
        bias.copy_(randn(8));
        var convolved = nn.functional.conv2d(pixels, weight, bias, [4L, 4L]).flatten(2).transpose(1, 2);
        Assert.True((patches.forward(pixels) - convolved).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void Positions_of_another_grid_lie_between_those_of_the_trained_one()
    {
        using var scope = NewDisposeScope();
        var slope = arange(8, ScalarType.Float32).unsqueeze(1).expand(8, 8).reshape(64, 1);
        Assert.Same(slope, PatchGrid.Resize(slope, (8, 8), (8, 8)));
        var finer = PatchGrid.Resize(slope, (8, 8), (16, 8)).view(16, 8);
        // Row 7 of 16 lies at 3.25 of 8, row 8 at 3.75; four rows around each are weighed.
        Assert.Equal(Enumerable.Range(2, 4).Sum(row => row * Cubic(Math.Abs(row - 3.25))), finer[7, 3].ToDouble(), 5);
        Assert.Equal(Enumerable.Range(2, 4).Sum(row => row * Cubic(Math.Abs(row - 3.75))), finer[8, 3].ToDouble(), 5);
    }

    [Fact]
    public void Pictures_of_another_size_are_refused_unless_the_config_allows_them()
    {
        using var scope = NewDisposeScope();
        var family = new VitFamily();
        var config = (VitConfig)family.Shape(Tiny);
        var batch = new ImageBatch { PixelValues = zeros(1, 3, 24, 16) };
        using var strict = new Model(family, config, HeadKind.ImageClassification);
        Assert.Contains("16 × 16", Assert.Throws<ArgumentException>(() => strict.Logits(batch)).Message, StringComparison.Ordinal);
        using var open = new Model(family, config with { InterpolatePosEncoding = true }, HeadKind.ImageClassification);
        Assert.Equal([1L, 2L], open.Logits(batch).shape);
        Assert.Equal([1L, 25L, 16L], open.Backbone.Run(batch).Hidden.shape);
    }

    [Fact]
    public void A_batch_of_another_kind_is_refused_by_name()
    {
        using var scope = NewDisposeScope();
        var family = new VitFamily();
        using var model = new Model(family, family.Shape(Tiny), HeadKind.Pooled);
        Assert.Contains("ImageBatch", Assert.Throws<ArgumentException>(() => model.Logits(new TextBatch { InputIds = ones(1, 4, ScalarType.Int64) })).Message, StringComparison.Ordinal);
        Assert.Contains("channels", Assert.Throws<ArgumentException>(() => model.Logits(new ImageBatch { PixelValues = zeros(1, 1, 16, 16) })).Message, StringComparison.Ordinal);
        Assert.Contains("mask token", Assert.Throws<ArgumentException>(() => model.Logits(new ImageBatch { PixelValues = zeros(1, 3, 16, 16), PatchMask = ones(1, 16, ScalarType.Bool) })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image_size", "0")]
    [InlineData("image_size", "[16, -1]")]
    [InlineData("image_size", "[16]")]
    [InlineData("patch_size", "17")]
    [InlineData("num_channels", "0")]
    [InlineData("hidden_size", "15")]
    [InlineData("is_decoder", "true")]
    public void A_config_that_cannot_be_is_refused(string field, string value)
    {
        var family = new VitFamily();
        var json = family.Shape(Tiny).ToJson();
        json[field] = System.Text.Json.Nodes.JsonNode.Parse(value);
        Assert.Throws<CheckpointException>(() =>
        {
            using var model = new Model(family, family.ReadConfig(json, "config.json"), HeadKind.Pooled);
        });
    }

    // Keys 1981, with the steepness of most image libraries, -3/4.
    private static double Cubic(double d) => d <= 1 ? (1.25 * d * d * d) - (2.25 * d * d) + 1 : (-0.75 * d * d * d) + (3.75 * d * d) - (6 * d) + 3;
}
