using Plinth.Core;
using Plinth.Models;
using Plinth.Training;
using Plinth.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Training;

[Collection(AloneInProcess.Name)]
public class LayerRatesTests
{
    [Theory]
    [InlineData("bert", HeadKind.SequenceClassification, 2)]
    [InlineData("llama", HeadKind.CausalLanguageModeling, 2)]
    [InlineData("t5", HeadKind.SequenceToSequence, 2)]
    [InlineData("vit", HeadKind.ImageClassification, 2)]
    public void Heights_count_from_the_head_down_to_the_embeddings(string family, HeadKind head, int blocks)
    {
        var known = ModelCatalog.Families[family];
        using var model = new Model(known, known.Shape(new(blocks, 16, 2, 31, 16) { Image = new(16, 8) }), head);
        string[] names = [.. model.named_parameters().Select(entry => entry.name)];
        var heights = names.Zip(LayerRates.Heights(names)).ToList();
        Assert.All(heights, entry =>
        {
            var expected = !entry.First.StartsWith("backbone.", StringComparison.Ordinal) || entry.First.Contains("finalNorm", StringComparison.Ordinal) ? 0
                : Enumerable.Range(0, blocks).Where(i => entry.First.Contains($"layers.{i}.", StringComparison.Ordinal)).Select(i => blocks - i).SingleOrDefault(blocks + 1);
            Assert.Equal(expected, entry.Second);
        });
        Assert.Equal(Enumerable.Range(0, blocks + 2), heights.Select(entry => entry.Second).Distinct().Order());
    }

    [Fact]
    public void Stages_are_counted_one_after_another_and_experts_belong_to_their_block()
    {
        string[] names = ["model.backbone.stages.0.layers.0.x", "model.backbone.stages.0.layers.1.x", "model.backbone.stages.1.layers.0.x", "model.backbone.stages.1.layers.0.experts.experts.7.x", "model.backbone.embed", "adapters.3.down"];
        Assert.Equal([3, 2, 1, 1, 4, 0], LayerRates.Heights(names));
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("sgd")]
    public void A_lower_layer_moves_by_its_share_of_the_rate(string optimizer)
    {
        using var objective = new Layers();
        var before = objective.Values();
        Train(objective, new() { Steps = 1, LayerDecay = 0.5, Schedule = new() { Kind = Plinth.Training.Schedules.ScheduleKind.Constant }, MaximumGradientNorm = null, Optimizer = OptimizerCatalog.All[optimizer].Defaults with { WeightDecay = 0 } });
        var moved = objective.Values().Zip(before, (now, then) => Math.Abs(now - then)).ToArray();
        Assert.Equal(moved[0] / 2, moved[1], moved[0] / 100);
        Assert.Equal(moved[0] / 4, moved[2], moved[0] / 100);
    }

    [Fact]
    public void A_layer_that_waits_stays_to_the_bit()
    {
        using var objective = new Layers();
        var before = objective.Values();
        var options = new TrainerOptions { Steps = 9, UnfreezeEvery = 3, Schedule = new() { Kind = Plinth.Training.Schedules.ScheduleKind.Constant } };
        List<float[]> seen = [];
        Train(objective, options, new RecordingObserver { OnStep = _ => seen.Add(objective.Values()) });
        Assert.All(seen.Take(3), values => Assert.Equal(before[1..], values[1..]));
        Assert.All(seen.Take(6), values => Assert.Equal(before[2], values[2]));
        Assert.NotEqual(before[0], seen[0][0]);
        Assert.NotEqual(before[1], seen[3][1]);
        Assert.NotEqual(before[2], seen[6][2]);
    }

    [Fact]
    public void The_end_of_a_run_with_a_mean_is_the_mean_of_its_weights()
    {
        using var objective = new Layers();
        List<float> seen = [];
        Train(objective, new() { Steps = 5, AverageDecay = 0.3 }, new RecordingObserver { OnStep = _ => seen.Add(objective.Values()[0]) });
        var mean = (double)seen[0];
        for (var i = 1; i < seen.Count; i++)
        {
            var kept = Math.Min(0.3, (2.0 + i) / (11.0 + i));
            mean = (kept * mean) + ((1 - kept) * seen[i]);
        }

        Assert.Equal(mean, objective.Values()[0], 1e-5);
        Assert.NotEqual(seen[^1], objective.Values()[0]);
    }

    private static void Train(Layers objective, TrainerOptions options, RecordingObserver? observer = null) =>
        new Trainer(options with { ReportEvery = 1 }, observer is null ? [] : [observer]).Train(objective, new TinyData(2));

    private sealed class Number : nn.Module
    {
        private readonly TorchSharp.Modules.Parameter value = new(tensor(1f));

        public Number()
            : base(nameof(Number)) => RegisterComponents();

        public Tensor Value => value;
    }

    private sealed class Tower : nn.Module
    {
        private readonly TorchSharp.Modules.ModuleList<Number> layers = new(new Number());
        private readonly Number table = new();

        public Tower()
            : base(nameof(Tower)) => RegisterComponents();

        public Tensor[] Values => [layers[0].Value, table.Value];
    }

    /// <summary>A head, a block and an embedding of one number each; all have the same gradient.</summary>
    private sealed class Layers : Objective
    {
        private readonly Number head = new();
        private readonly Tower backbone = new();

        public Layers()
            : base(nameof(Layers)) => RegisterComponents();

        public override Model Model => throw new NotSupportedException("There is nothing to save.");

        public override IReadOnlyList<LossTerm> Compute(Batch batch) => [new("sum", (head.Value + backbone.Values[0] + backbone.Values[1]) * 2)];

        public float[] Values() => [.. backbone.Values.Prepend(head.Value).Select(number => number.detach().ToSingle())];
    }
}
