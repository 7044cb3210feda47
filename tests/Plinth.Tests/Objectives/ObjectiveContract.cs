using Plinth.Core;
using Plinth.Data.Text.Batching;
using Plinth.Models;
using Plinth.Objectives;
using Plinth.Objectives.Vision;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Objectives;

/// <summary>What every objective of the catalog keeps.</summary>
public class ObjectiveContract
{
    private static readonly WordTokenizer Words = WordTokenizer.OfWords(80);

    public static TheoryData<string> Names => [.. ObjectiveCatalog.Objectives.Names];

    public static TheoryData<string> Separable => [.. ObjectiveCatalog.Objectives.Names.Where(name => !ObjectiveCatalog.Objectives[name].ComparesSamples)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Losses_are_finite_and_fall_on_a_fixed_batch(string name)
    {
        using var scope = NewDisposeScope();
        var objective = Build(name);
        var losses = TinyModels.Fit(objective, objective.Prepare(RawBatch(name), new(1)), 40);
        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
        // What a teacher says is not certain, so its student's loss ends at the uncertainty and not near 0.
        Assert.True(losses[^1] < (name == "self_distillation" ? 0.6 : 0.5) * losses[0], $"{losses[0]} to {losses[^1]}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_reach_every_weight_of_the_model(string name)
    {
        using var scope = NewDisposeScope();
        var objective = Build(name);
        objective.Backward(objective.Compute(objective.Prepare(RawBatch(name), new(1))).Select(term => term.Sum).Aggregate((a, b) => a + b));
        Assert.NotEmpty(objective.Model.named_parameters());
        Assert.All(objective.named_parameters(), p => Assert.Equal(p.parameter.requires_grad, p.parameter.grad is not null));
        // What stands still in the model are tables of positions.
        Assert.All(objective.Model.named_parameters().Where(p => !p.parameter.requires_grad), p => Assert.EndsWith("positions", p.name, StringComparison.Ordinal));
        var own = objective.parameters().Count() - objective.Model.parameters().Count();
        Assert.Equal(name == "self_distillation", own > 0);
    }

    [Theory]
    [MemberData(nameof(Separable))]
    public void Splitting_a_batch_changes_neither_sums_nor_counts(string name)
    {
        using var scope = NewDisposeScope();
        var objective = Build(name);
        objective.eval();
        var raw = RawBatch(name);
        var whole = objective.Prepare(raw, new(3));
        Batch[] parts = [objective.Part(whole, 0, 3), objective.Part(whole, 3, 3), objective.Part(whole, 6, 2)];
        Assert.Equal(8, objective.PartCount(whole));
        var sums = objective.Compute(whole);
        for (var term = 0; term < sums.Count; term++)
        {
            Assert.Equal(objective.CountTargets(whole)[term], parts.Sum(part => objective.CountTargets(part)[term]));
            Assert.Equal(sums[term].Sum.ToDouble(), parts.Sum(part => objective.Compute(part)[term].Sum.ToDouble()), 1e-2);
        }
    }

    [Fact]
    public void What_compares_the_samples_of_a_batch_has_no_parts()
    {
        using var scope = NewDisposeScope();
        Assert.All(ObjectiveCatalog.Objectives.Names.Except(ObjectiveCatalog.Objectives.Names.Where(name => !ObjectiveCatalog.Objectives[name].ComparesSamples)), name =>
        {
            var objective = Build(name);
            Assert.Equal(1, objective.PartCount(objective.Prepare(RawBatch(name), new(1))));
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_randomness_prepares_the_same_batch(string name)
    {
        using var scope = NewDisposeScope();
        var objective = Build(name);
        var (a, b) = (Tensors(objective.Prepare(RawBatch(name), new(5))), Tensors(objective.Prepare(RawBatch(name), new(5))));
        Assert.Equal(a.Count, b.Count);
        Assert.All(a.Zip(b), pair => Assert.True(pair.First.Equals(pair.Second)));
        Assert.All(a, made => Assert.Equal(DeviceType.CPU, made.device_type));
        var captions = ObjectiveCatalog.Objectives[name].Input == (Modality.Text | Modality.Image);
        var c = Tensors(objective.Prepare(RawBatch(name), new(6)));
        // Those that draw nothing say the same whatever the randomness.
        Assert.Equal(captions || name == "causal_lm", a.Zip(c).All(pair => pair.First.shape.SequenceEqual(pair.Second.shape) && pair.First.Equals(pair.Second)));
    }

    [Fact]
    public void An_unprepared_batch_is_refused()
    {
        using var scope = NewDisposeScope();
        Assert.All(ObjectiveCatalog.Objectives.Names, name => Assert.Throws<ArgumentException>(() => Build(name).Compute(Texts("masked_lm") with { Labels = null })));
    }

    internal static Objective Build(string name)
    {
        var entry = ObjectiveCatalog.Objectives[name];
        return entry.Create(Model(entry), new(Words.VocabularySize, Words.MaskId, Words.SpecialIds), Options(name));
    }

    private static Model Model(ObjectiveEntry entry)
    {
        if (entry.Input == Modality.Text)
        {
            return TinyModels.For(entry.Head, Words.VocabularySize);
        }

        random.manual_seed(7);
        var family = ModelCatalog.Families[entry.Head switch { HeadKind.MaskedImageModeling => "vit_mae", HeadKind.Contrastive => "clip", _ => "vit" }];
        return new(family, family.Shape(new(2, 32, 2, Words.VocabularySize, 64) { Image = new(16, 4), EndTokenId = Words.SeparatorId }), entry.Head);
    }

    // A small head, and a teacher that stands still, so that what is to be learnt stays the same.
    private static SelfDistillationViews? Options(string name) => name == "self_distillation"
        ? new SelfDistillationViews { OutputSize = 32, InnerSize = 32, BottleneckSize = 16, TeacherMomentum = 1, CentreMomentum = 1, LocalCount = 2 } : null;

    private static Batch RawBatch(string name) => ObjectiveCatalog.Objectives[name] switch
    {
        { Input: Modality.Text } => Texts(name),
        { Input: Modality.Image } entry => Colours(entry.ViewCount(Options(name))),
        _ => Texts(name) with { Images = Colours(1) },
    };

    // One colour each, so that what is seen tells what is hidden.
    private static ImageBatch Colours(int copies) => new()
    {
        PixelValues = (arange(0, 8 * 3, ScalarType.Float32) * 2.3).sin().view(8, 3, 1, 1).repeat_interleave(copies, 0).expand(-1, 3, 16, 16),
    };

    private static TextBatch Texts(string name)
    {
        var random = new Random(11);
        TextRow[] rows = [.. Enumerable.Range(0, 8).Select(i =>
        {
            var encoding = Words.Encode(Text(random, 4 + i), ObjectiveCatalog.Objectives[name].NeedsPairs ? Text(random, 5) : null);
            return new TextRow(encoding.Ids, encoding.TypeIds, encoding.StartsWord);
        })];
        return TextRow.Batch(rows, 0) with { NextSentenceLabels = tensor(new long[] { 0, 1, 1, 0, 1, 0, 0, 1 }) };
    }

    private static List<Tensor> Tensors(Batch batch) => batch switch
    {
        TextBatch text => [.. new[] { text.InputIds, text.Labels, text.Images?.PixelValues }.OfType<Tensor>()],
        ImageBatch images => [.. new[] { images.PixelValues, images.VisiblePatches, images.Crops }.OfType<Tensor>()],
        _ => [],
    };

    private static string Text(Random random, int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => $"w{random.Next(80)}"));
}
