using Plinth.Core;
using Plinth.Models.Vision.Vit;
using Plinth.Models.Vision.VitMae;
using Plinth.Objectives.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Objectives.Vision;

/// <summary>Hidden patches: what is hidden, what counts, and that it can be learnt.</summary>
public sealed class MaskedAutoencodingTests
{
    private static readonly ModelShape Tiny = new(1, 32, 2, 0, 0) { Image = new(16, 4) };

    [Fact]
    public void A_fixed_batch_is_learnt_and_gradients_reach_every_trained_weight()
    {
        using var scope = NewDisposeScope();
        var objective = new MaskedAutoencoding(Build());
        var losses = TinyModels.Fit(objective, objective.Prepare(Colours(8), new(1)), 60);
        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
        Assert.True(losses[^1] < 0.5 * losses[0], $"{losses[0]} to {losses[^1]}");
        Assert.All(objective.Model.named_parameters().Where(p => p.parameter.requires_grad), p => Assert.True(p.parameter.grad is not null, p.name));
        Assert.All(objective.Model.named_parameters().Where(p => !p.parameter.requires_grad), p => Assert.EndsWith("positions", p.name, StringComparison.Ordinal));
    }

    [Fact]
    public void Preparing_hides_the_published_share_and_repeats_itself()
    {
        using var scope = NewDisposeScope();
        var objective = new MaskedAutoencoding(Build());
        var (a, b) = ((ImageBatch)objective.Prepare(Pictures(3), new(5)), (ImageBatch)objective.Prepare(Pictures(3), new(5)));
        Assert.Equal([3L, 4L], a.VisiblePatches!.shape);
        Assert.True(a.VisiblePatches.Equals(b.VisiblePatches!));
        Assert.Equal([36L], objective.CountTargets(a));
    }

    [Fact]
    public void Splitting_a_batch_changes_no_sum()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var objective = new MaskedAutoencoding(Build());
        var whole = (ImageBatch)objective.Prepare(Pictures(4), new(2));
        double Sum(ImageBatch batch) => objective.Compute(batch)[0].Sum.ToDouble();
        ImageBatch Rows(long start) => whole with { PixelValues = whole.PixelValues.narrow(0, start, 2), VisiblePatches = whole.VisiblePatches!.narrow(0, start, 2) };
        Assert.Equal(Sum(whole), Sum(Rows(0)) + Sum(Rows(2)), 1e-3);
    }

    [Fact]
    public void Pixels_that_were_seen_do_not_count_and_normalised_targets_have_mean_0_and_variance_1()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = Build(normalizes: true);
        var objective = new MaskedAutoencoding(model);
        var batch = (ImageBatch)objective.Prepare(Pictures(2), new(2));
        var before = objective.Compute(batch)[0].Sum.ToDouble();
        var errors = (model.Logits(batch) - ((IPixelHead)model.Head!).Targets(batch.PixelValues)).square().mean([-1L]);
        var hidden = Enumerable.Range(0, 2).Sum(row => Enumerable.Range(0, 16)
            .Where(patch => !batch.VisiblePatches![row].data<long>().Contains(patch)).Sum(patch => errors[row, patch].ToDouble()));
        Assert.Equal(hidden, before, 1e-3);
        var targets = ((IPixelHead)model.Head!).Targets(batch.PixelValues);
        Assert.True(targets.mean([-1L]).abs().max().ToDouble() < 1e-5);
        Assert.True((targets.var(-1) - 1).abs().max().ToDouble() < 1e-3);
    }

    [Fact]
    public void A_model_without_such_a_head_is_refused()
    {
        using var scope = NewDisposeScope();
        var family = new VitFamily();
        var error = Assert.Throws<PlinthException>(() => new MaskedAutoencoding(new(family, family.Shape(Tiny), HeadKind.ImageClassification)));
        Assert.Contains("MaskedImageModeling", error.Message, StringComparison.Ordinal);
    }

    private static Model Build(bool normalizes = false)
    {
        random.manual_seed(7);
        var family = new VitMaeFamily();
        return new(family, (VitMaeConfig)family.Shape(Tiny) with { NormPixLoss = normalizes }, HeadKind.MaskedImageModeling);
    }

    // One colour each, so that what is seen tells what is hidden.
    private static ImageBatch Colours(int count) => new() { PixelValues = arange(0, count * 3, ScalarType.Float32).sin().view(count, 3, 1, 1).expand(count, 3, 16, 16) };

    private static ImageBatch Pictures(int count) => new() { PixelValues = (arange(0, count * 3 * 16 * 16, ScalarType.Float32) * 0.37).sin().view(count, 3, 16, 16) };
}
