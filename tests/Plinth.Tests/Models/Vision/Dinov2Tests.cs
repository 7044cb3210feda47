using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models;
using Plinth.Models.Vision.Dinov2;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models.Vision;

/// <summary>What DINOv2 adds to ViT: a mask token, learned factors, gated networks.</summary>
public sealed class Dinov2Tests
{
    private static readonly ModelShape Tiny = new(2, 16, 2, 0, 0) { Image = new(16, 4) };

    [Fact]
    public void Pixels_behind_the_mask_token_do_not_matter_and_others_do()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Build(config => config);
        var pixels = randn(1, 3, 16, 16);
        var other = pixels.clone();
        other.narrow(2, 0, 4).narrow(3, 4, 4).fill_(9);
        var mask = zeros(1, 16, ScalarType.Bool);
        mask[0, 1] = tensor(true);
        Tensor Features(Tensor values, Tensor? hidden) => model.Backbone.Run(new ImageBatch { PixelValues = values, PatchMask = hidden }).Hidden;
        Assert.Equal(0, (Features(pixels, mask) - Features(other, mask)).abs().max().ToDouble());
        Assert.True((Features(pixels, null) - Features(other, null)).abs().max().ToDouble() > 1e-3);
        Assert.True((Features(pixels, null) - Features(pixels, mask)).abs().max().ToDouble() > 1e-3);
    }

    [Fact]
    public void Factors_of_0_leave_only_the_embedding()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Build(config => config with { LayerscaleValue = 0 });
        var states = new List<Tensor>();
        model.Backbone.Run(new ImageBatch { PixelValues = randn(1, 3, 16, 16) }, new() { HiddenStates = states });
        Assert.Equal(0, (states[0] - states[^1]).abs().max().ToDouble());
        states.ForEach(state => state.Dispose());
    }

    [Fact]
    public void Gated_networks_have_the_reference_names_and_sizes_and_read_back()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = new TemporaryFolder();
        using var model = Build(config => config with { UseSwigluFfn = true });
        var weights = Checkpoint.ForeignWeights(model).ToDictionary(p => p.Key, p => p.Value);
        // 16 · 4 · ⅔ = 42, in multiples of 8: 48; gate and value are one matrix.
        Assert.Equal([96L, 16L], weights["encoder.layer.0.mlp.weights_in.weight"].shape);
        Assert.Equal([16L, 48L], weights["encoder.layer.0.mlp.weights_out.weight"].shape);
        Checkpoint.Save(model, folder.Path("model"));
        using var again = Checkpoint.Load(folder.Path("model"), ModelCatalog.Families).Model;
        var batch = new ImageBatch { PixelValues = randn(1, 3, 16, 16) };
        Assert.Equal(0, (model.Logits(batch) - again.Logits(batch)).abs().max().ToDouble());
    }

    [Fact]
    public void Dropped_blocks_are_refused_by_name()
    {
        var family = new Dinov2Family();
        var json = family.Shape(Tiny).ToJson();
        json["drop_path_rate"] = 0.1;
        Assert.Contains("drop_path_rate", Assert.Throws<CheckpointException>(() => family.ReadConfig(json, "config.json")).Message, StringComparison.Ordinal);
    }

    private static Model Build(Func<Dinov2Config, Dinov2Config> change)
    {
        random.manual_seed(7);
        var family = new Dinov2Family();
        var model = new Model(family, change((Dinov2Config)family.Shape(Tiny)), HeadKind.Pooled);
        model.eval();
        return model;
    }
}
