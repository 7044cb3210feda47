using Plinth.Core;
using Plinth.Core.Native;
using Plinth.Layers.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Objectives;

public class VocabularyLossTests
{
    [Theory]
    [InlineData(HeadKind.CausalLanguageModeling, false)]
    [InlineData(HeadKind.CausalLanguageModeling, true)]
    [InlineData(HeadKind.MaskedLanguageModeling, false)]
    [InlineData(HeadKind.MaskedLanguageModeling, true)]
    public void Computing_in_pieces_changes_neither_loss_nor_gradients(HeadKind head, bool isGiven)
    {
        using var scope = NewDisposeScope();
        var model = TinyModels.For(head, 50);
        var ids = randint(0, 50, [3, 12], ScalarType.Int64);
        var labels = ids.clone();
        labels[0, 3] = Batch.IgnoredLabel;
        var targets = VocabularyLoss.Targets(labels);
        var (whole, wholeGradients) = Run(model, ids, targets, null, pass => pass());
        // Given to the weights, or returned to libtorch as those of the whole are.
        var (pieces, pieceGradients) = Run(model, ids, targets, peak: 50 * 8, isGiven ? BackwardPass.Run : pass => pass());
        Assert.Equal(35, targets.size(0));
        Assert.Equal(whole, pieces, 1e-3);
        foreach (var (name, gradient) in wholeGradients)
        {
            Assert.True(gradient.allclose(pieceGradients[name], 1e-3, 1e-5), name);
        }
    }

    [Fact]
    public void Pieces_work_without_gradients()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var model = TinyModels.For(HeadKind.CausalLanguageModeling, 50);
        var ids = randint(0, 50, [2, 9], ScalarType.Int64);
        var targets = VocabularyLoss.Targets(ids);
        var hidden = model.Backbone.Run(new TextBatch { InputIds = ids }).Hidden;
        Assert.Equal(VocabularyLoss.Sum(model, hidden, targets).ToDouble(), VocabularyLoss.Sum(model, hidden, targets, peak: 100).ToDouble(), 1e-3);
    }

    [Fact]
    public void The_loss_is_that_of_logits_moved_by_one()
    {
        using var scope = NewDisposeScope();
        var model = TinyModels.For(HeadKind.CausalLanguageModeling, 50);
        var objective = new Plinth.Objectives.CausalLanguageModeling(model);
        var ids = randint(0, 50, [2, 9], ScalarType.Int64);
        var mask = ones_like(ids);
        mask[1, 7] = 0;
        mask[1, 8] = 0;
        var batch = new TextBatch { InputIds = ids, AttentionMask = mask };
        var prepared = objective.Prepare(batch, new(1));
        var logits = model.Logits(batch).narrow(1, 0, 8);
        var labels = ids.narrow(1, 1, 8).where(mask.narrow(1, 1, 8).ne(0), full_like(ids.narrow(1, 1, 8), -100));
        var expected = nn.functional.cross_entropy(logits.reshape(-1, 50), labels.flatten(), reduction: nn.Reduction.Sum);
        Assert.Equal([14L], objective.CountTargets(prepared));
        Assert.Equal(expected.ToDouble(), objective.Compute(prepared)[0].Sum.ToDouble(), 1e-3);
    }

    private static (double Loss, Dictionary<string, Tensor> Gradients) Run(Model model, Tensor ids, Tensor targets, long? peak, Action<Action> backward)
    {
        model.zero_grad();
        var loss = VocabularyLoss.Sum(model, model.Backbone.Run(new TextBatch { InputIds = ids }).Hidden, targets, peak) / 35;
        backward(() => loss.backward());
        return (loss.ToDouble() * 35, model.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad!.clone()));
    }
}
