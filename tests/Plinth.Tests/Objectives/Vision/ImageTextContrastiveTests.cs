using Plinth.Core;
using Plinth.Models;
using Plinth.Models.Vision.Clip;
using Plinth.Objectives.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Objectives.Vision;

/// <summary>Texts find their pictures.</summary>
public sealed class ImageTextContrastiveTests
{
    [Theory]
    [InlineData("clip", 3e-4)]
    [InlineData("siglip", 3e-3)]
    public void A_fixed_batch_is_learnt_and_each_text_finds_its_picture(string type, double rate)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        var family = ModelCatalog.Families[type];
        var objective = new ImageTextContrastive(new(family, family.Shape(new(1, 32, 2, 50, 8) { Image = new(16, 8) }), HeadKind.Contrastive));
        var batch = Pairs(6);
        var losses = TinyModels.Fit(objective, batch, 200, rate);
        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
        Assert.True(losses[^1] < 0.5 * losses[0], $"{losses[0]} to {losses[^1]}");
        Assert.All(objective.Model.named_parameters(), p => Assert.True(p.parameter.grad is not null, p.name));
        objective.Model.eval();
        Assert.Equal([0L, 1L, 2L, 3L, 4L, 5L], objective.Model.Logits(batch).argmax(1).data<long>().ToArray());
    }

    [Theory]
    [InlineData("clip", 2, null)]
    [InlineData("clip", 4, PairLoss.EachPair)]
    [InlineData("siglip", 5, null)]
    [InlineData("siglip", 1, PairLoss.Choice)]
    public void Cached_gradients_are_the_plain_ones(string type, int subBatch, PairLoss? loss)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        var family = ModelCatalog.Families[type];
        var model = new Model(family, family.Shape(new(1, 32, 2, 50, 8) { Image = new(16, 8) }), HeadKind.Contrastive);
        var (plain, plainLoss) = Gradients(new(model, new() { Loss = loss }), Pairs(6));
        var (cached, cachedLoss) = Gradients(new(model, new() { Loss = loss, SubBatch = subBatch }), Pairs(6));
        Assert.Equal(plainLoss, cachedLoss, 1e-4);
        Assert.True(plain.Values.Max(gradient => gradient.abs().max().ToDouble()) > 1e-3);
        Assert.All(plain, entry => Assert.True((entry.Value - cached[entry.Key]).abs().max().ToDouble() < 1e-5, entry.Key));
    }

    [Theory]
    [InlineData("clip", 100)]
    [InlineData("siglip", 400)]
    public void The_scale_of_choices_has_a_bound(string type, double expected)
    {
        var family = ModelCatalog.Families[type];
        using var model = new Model(family, family.Shape(new(1, 32, 2, 50, 8) { Image = new(16, 8) }), HeadKind.Contrastive);
        var objective = new ImageTextContrastive(model);
        var scale = model.named_parameters().Single(p => p.name == "head.scale").parameter;
        using (no_grad())
        {
            scale.fill_(Math.Log(400));
        }

        objective.Stepped(1, 10);
        Assert.Equal(expected, Math.Exp(scale.ToDouble()), 1e-3);
    }

    [Fact]
    public void Dropout_repeats_itself_in_the_second_pass()
    {
        using var scope = NewDisposeScope();
        var family = (ClipFamily)ModelCatalog.Families["clip"];
        var shape = (ClipConfig)family.Shape(new(1, 32, 2, 50, 8) { Image = new(16, 8) });
        random.manual_seed(7);
        var model = new Model(family, shape with { TextConfig = shape.TextConfig with { AttentionDropout = 0.5 } }, HeadKind.Contrastive);
        var objective = new ImageTextContrastive(model, new() { SubBatch = 2 });
        objective.train();
        random.manual_seed(3);
        var (first, _) = Gradients(objective, Pairs(6));
        random.manual_seed(3);
        var (again, _) = Gradients(objective, Pairs(6));
        random.manual_seed(4);
        var (other, _) = Gradients(objective, Pairs(6));
        Assert.All(first, entry => Assert.True((entry.Value - again[entry.Key]).abs().max().ToDouble() < 1e-6, entry.Key));
        Assert.Contains(first, entry => (entry.Value - other[entry.Key]).abs().max().ToDouble() > 1e-5);
    }

    [Fact]
    public void Texts_without_their_pictures_are_refused()
    {
        using var scope = NewDisposeScope();
        var family = ModelCatalog.Families["clip"];
        var objective = new ImageTextContrastive(new(family, family.Shape(new(1, 32, 2, 50, 8) { Image = new(16, 8) }), HeadKind.Contrastive));
        Assert.Throws<ArgumentException>(() => objective.Compute(Pairs(3) with { Images = null }));
        Assert.Throws<ArgumentException>(() => objective.Compute(Pairs(3) with { Images = Pairs(2).Images }));
    }

    private static (Dictionary<string, Tensor> Gradients, double Loss) Gradients(ImageTextContrastive objective, TextBatch batch)
    {
        objective.zero_grad();
        var loss = objective.Compute(batch)[0].Sum / batch.Count;
        objective.Backward(loss);
        return (objective.Model.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad!.clone()), loss.ToDouble());
    }

    private static TextBatch Pairs(int count)
    {
        var ids = (arange(0, count * 6, ScalarType.Int64) * 13 % 40).view(count, 6);
        ids.select(1, 5).fill_(49);
        return new()
        {
            InputIds = ids,
            // One colour each.
            Images = new() { PixelValues = (arange(0, count * 3, ScalarType.Float32) * 2.3).sin().view(count, 3, 1, 1).expand(count, 3, 16, 16) },
        };
    }
}
