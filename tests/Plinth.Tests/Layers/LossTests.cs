using Plinth.Layers.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers;

/// <summary>How losses relate to each other; their values and gradients are compared in <see cref="Recipes.NumericParityTests"/>.</summary>
public class LossTests
{
    [Fact]
    public void Symmetric_choice_is_info_nce_both_ways()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (nn.functional.normalize(randn(6, 8)), nn.functional.normalize(randn(6, 8)));
        var both = (ContrastiveLosses.InfoNce(a, b, 0.1).Sum + ContrastiveLosses.InfoNce(b, a, 0.1).Sum) / 2;
        Assert.Equal(both.ToSingle(), ContrastiveLosses.Symmetric(a.matmul(b.T) / 0.1).Sum.ToSingle(), 1e-4);
    }

    [Fact]
    public void Ranking_counts_pairs_in_the_wrong_order_alone()
    {
        using var scope = NewDisposeScope();
        var (cosines, values) = (tensor([0.1f, 0.5f, 0.3f]), tensor([3f, 1f, 1f]));
        // The first should be over both others, which are equal to each other.
        var expected = 3 * Math.Log(1 + Math.Exp((0.5 - 0.1) / 0.2) + Math.Exp((0.3 - 0.1) / 0.2));
        Assert.Equal(expected, ContrastiveLosses.Ranking(cosines, values, 0.2).Sum.ToSingle(), 1e-4);
        Assert.Equal(0, ContrastiveLosses.Ranking(cosines, ones(3), 0.2).Sum.ToSingle(), 1e-6);
        Assert.True(ContrastiveLosses.Ranking(tensor([0.9f, -0.9f, -0.9f]), values, 0.05).Sum.ToSingle() < 1e-6);
        var free = cosines.clone().requires_grad_();
        ContrastiveLosses.Ranking(free, values, 0.2).Sum.backward();
        Assert.True(free.grad!.isfinite().all().ToBoolean() && free.grad![0].ToSingle() < 0);
    }

    [Fact]
    public void Distillation_vanishes_when_student_and_teacher_agree()
    {
        using var scope = NewDisposeScope();
        var logits = randn(4, 9);
        Assert.Equal(0, DistillationLosses.Distillation(logits, logits + 3).Sum.ToSingle(), 1e-5);
        Assert.True(DistillationLosses.Distillation(logits, -logits).Sum.ToSingle() > 0.1);
    }
}
