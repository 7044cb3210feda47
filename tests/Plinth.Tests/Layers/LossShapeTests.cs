using Plinth.Core;
using Plinth.Layers.Losses;
using Plinth.Models;
using Plinth.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers;

public sealed class LossShapeTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Smoothing_and_penalty_are_those_of_the_papers()
    {
        var logits = randn(4, 5);
        var targets = tensor(new long[] { 1, Batch.IgnoredLabel, 0, 4 });
        var real = targets.ne(Batch.IgnoredLabel).nonzero().flatten();
        var (rows, ids) = (logits.index_select(0, real), targets.index_select(0, real));
        var wanted = (nn.functional.one_hot(ids, 5).to(float32) * 0.9) + (0.1 / 5);
        var expected = (-(wanted * rows.log_softmax(-1)).sum() + (0.01 * rows.exp().sum(-1).log().square().sum())).ToDouble();
        Assert.Equal(expected, ClassLosses.Shaped(logits, targets, new CausalLanguageModelingOptions { LabelSmoothing = 0.1, NormalizerPenalty = 0.01 }).ToDouble(), 1e-4);
        Assert.Equal(ClassLosses.CrossEntropy(logits, targets).Sum.ToDouble(), ClassLosses.Shaped(logits, targets, null).ToDouble());
    }

    [Fact]
    public void A_shaped_loss_in_pieces_is_the_same_and_a_model_is_scored_without_it()
    {
        var family = ModelCatalog.Families["gpt2"];
        using var model = new Model(family, family.Shape(new(1, 16, 2, 31, 16)), HeadKind.CausalLanguageModeling);
        var shape = new CausalLanguageModelingOptions { LabelSmoothing = 0.2, NormalizerPenalty = 0.01 };
        using var whole = new CausalLanguageModeling(model, options: shape);
        using var pieces = new CausalLanguageModeling(model, peakLogits: 62, shape);
        using var plain = new CausalLanguageModeling(model);
        var batch = whole.Prepare(new TextBatch { InputIds = randint(0, 31, [2, 9], ScalarType.Int64) }, new Random(1));
        Tensor Loss(Objective objective) => objective.Compute(batch)[0].Sum;
        foreach (var objective in (Objective[])[whole, pieces, plain])
        {
            objective.train();
        }

        Assert.Equal(Loss(whole).ToDouble(), Loss(pieces).ToDouble(), 1e-3);
        Assert.True(Loss(whole).ToDouble() > Loss(plain).ToDouble() + 0.01);
        whole.eval();
        plain.eval();
        Assert.Equal(Loss(plain).ToDouble(), Loss(whole).ToDouble());
    }

    [Theory]
    [InlineData(1.0, 0)]
    [InlineData(-0.1, 0)]
    [InlineData(0, double.NaN)]
    public void Impossible_shapes_are_refused(double smoothing, double penalty) =>
        Assert.Throws<RecipeException>(() => new CausalLanguageModelingOptions { LabelSmoothing = smoothing, NormalizerPenalty = penalty }.Validate());
}
