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
    public void Distillation_vanishes_when_student_and_teacher_agree()
    {
        using var scope = NewDisposeScope();
        var logits = randn(4, 9);
        Assert.Equal(0, DistillationLosses.Distillation(logits, logits + 3).Sum.ToSingle(), 1e-5);
        Assert.True(DistillationLosses.Distillation(logits, -logits).Sum.ToSingle() > 0.1);
    }
}
