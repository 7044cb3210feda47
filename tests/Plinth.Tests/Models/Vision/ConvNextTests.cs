using Plinth.Core;
using Plinth.Layers.Blocks;
using Plinth.Models.Vision.ConvNext;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models.Vision;

public sealed class ConvNextTests
{
    private static readonly ConvNextConfig Tiny = new() { HiddenSizes = [8, 16, 24], Depths = [1, 2, 1], PatchSize = 2 };

    [Fact]
    public void Positions_that_fill_no_patch_are_left_out_and_pictures_below_one_are_refused()
    {
        using var scope = NewDisposeScope();
        using var model = new Model(new ConvNextFamily(), Tiny, HeadKind.Pooled);
        Assert.Equal([1L, 3 * 4, 24L], model.Backbone.Run(new ImageBatch { PixelValues = randn(1, 3, 25, 39) }).Hidden.shape);
        var error = Assert.Throws<ArgumentException>(() => model.Logits(new ImageBatch { PixelValues = randn(1, 3, 7, 32) }));
        Assert.Contains("8 × 8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_vector_of_a_picture_is_its_normed_mean()
    {
        using var scope = NewDisposeScope();
        using var model = new Model(new ConvNextFamily(), Tiny, HeadKind.Pooled);
        var batch = new ImageBatch { PixelValues = randn(2, 3, 16, 16) };
        var mean = model.Backbone.Run(batch).Hidden.mean([1L]);
        Assert.True((nn.functional.layer_norm(mean, [24L], eps: 1e-12) - model.Logits(batch)).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void A_config_without_scales_has_none()
    {
        using var plain = new Model(new ConvNextFamily(), Tiny with { LayerScaleInitValue = 0 }, HeadKind.Pooled);
        using var scaled = new Model(new ConvNextFamily(), Tiny, HeadKind.Pooled);
        Assert.Equal(4, scaled.named_parameters().Count() - plain.named_parameters().Count());
        Assert.All(scaled.named_parameters().Where(p => p.name.EndsWith("scale", StringComparison.Ordinal)), p => Assert.Equal(1e-6, p.parameter.max().ToDouble(), 9));
    }

    [Fact]
    public void Depth_is_dropped_by_the_seed_in_training_alone()
    {
        using var scope = NewDisposeScope();
        using var model = new Model(new ConvNextFamily(), Tiny with { DropPathRate = 0.5, LayerScaleInitValue = 1 }, HeadKind.Pooled);
        var batch = new ImageBatch { PixelValues = randn(6, 3, 16, 16) };
        Tensor Seeded(long seed)
        {
            random.manual_seed(seed);
            return model.Logits(batch);
        }

        model.train();
        Assert.Equal(0, (Seeded(1) - Seeded(1)).abs().max().ToDouble());
        Assert.True((Seeded(1) - Seeded(2)).abs().max().ToDouble() > 1e-3);
        model.eval();
        Assert.Equal(0, (Seeded(1) - Seeded(2)).abs().max().ToDouble());
    }

    [Fact]
    public void What_is_left_out_of_some_samples_is_made_up_for_in_the_others()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(9);
        var change = StochasticDepth.Apply(ones(20_000, 2, 3), 0.25, isTraining: true);
        var perSample = change.view(20_000, -1);
        Assert.Equal(0, (perSample.amax([1L]) - perSample.amin([1L])).abs().max().ToDouble());
        Assert.Equal(0.25, perSample.select(1, 0).eq(0).to(ScalarType.Float64).mean().ToDouble(), 0.015);
        Assert.Equal(1 / 0.75, perSample.max().ToDouble(), 5);
        Assert.Equal([0, 0.1, 0.2], Enumerable.Range(0, 3).Select(number => StochasticDepth.Of(0.2, number, 3)));
    }
}
