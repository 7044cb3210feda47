using Plinth.Core;
using Plinth.Objectives;
using Plinth.Tests.Core;
using Plinth.Training;
using Plinth.Training.Observers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Training;

/// <summary>The loss of a mixture, source by source.</summary>
[Collection(AloneInProcess.Name)]
public sealed class SourceLossTests
{
    private static readonly TrainerOptions options = new() { Steps = 6, ReportEvery = 1, AccumulationCount = 2 };

    [Theory]
    [InlineData(null)]
    [InlineData(60L)]
    public void Losses_of_sources_add_up_to_the_loss_of_all(long? peakLogits)
    {
        var result = Train(new Mixed(), peakLogits, options);
        Assert.All(result.History, report =>
        {
            var sources = report.Sources!;
            Assert.Equal(2 * (4 + 4 + 5 + 2), sources.Values.Sum(source => source.TargetCount));
            Assert.Equal(report.Loss, sources.Values.Sum(source => source.Loss * source.TargetCount) / sources.Values.Sum(source => source.TargetCount), 1e-5);
        });
        // The window of a report is all steps since the last one, each target counted alike.
        var wide = Train(new Mixed(), peakLogits, options with { ReportEvery = 3 }).History[0].Sources!;
        Assert.Equal(["a", "b", "late"], wide.Keys);
        foreach (var (name, source) in wide)
        {
            var narrow = result.History.Take(3).SelectMany(report => report.Sources!).Where(entry => entry.Key == name).Select(entry => entry.Value).ToList();
            Assert.Equal(narrow.Sum(one => one.TargetCount), source.TargetCount);
            Assert.Equal(narrow.Sum(one => one.Loss * one.TargetCount) / source.TargetCount, source.Loss, 1e-5);
        }
    }

    [Fact]
    public void The_loss_of_a_source_is_that_of_its_samples_alone()
    {
        var objective = Objective(null);
        var batch = objective.Prepare(new Mixed().At(0), new Random(1));
        var losses = SourcedLoss.Of(objective.Compute(batch), batch)!.Losses;
        for (var row = 0; row < batch.Count; row++)
        {
            var alone = objective.Part(batch, row, 1);
            Assert.Equal(objective.Compute(alone)[0].Sum.ToDouble(), losses.Sums[row].ToDouble(), 1e-4);
            Assert.Equal(objective.CountTargets(alone)[0], losses.Counts[row].ToInt64());
        }
    }

    [Fact]
    public void Telling_sources_apart_changes_no_weight()
    {
        using var told = Objective(null);
        using var untold = Objective(null);
        new Trainer(options).Train(told, new Mixed());
        Assert.All(new Trainer(options).Train(untold, new Mixed { IsTold = false }).History, report => Assert.Null(report.Sources));
        Assert.Equal(Weights.Bytes(untold), Weights.Bytes(told));
    }

    [Fact]
    public void An_evaluation_scores_each_source()
    {
        using var objective = Objective(null);
        var scores = new LossEvaluator(new Mixed(), 2).Evaluate(objective, CPU, TestContext.Current.CancellationToken);
        Assert.Equal(["loss", "loss/a", "loss/b", "loss/late", "perplexity"], scores.Keys);
        Assert.Equal(scores["loss"], ((scores["loss/a"] * 13) + (scores["loss/b"] * 15) + (scores["loss/late"] * 2)) / 30, 1e-5);
        Assert.DoesNotContain(new LossEvaluator(new Mixed { IsTold = false }, 2).Evaluate(objective, CPU, TestContext.Current.CancellationToken).Keys, name => name.Contains('/', StringComparison.Ordinal));
    }

    private static TrainingResult Train(Mixed data, long? peakLogits, TrainerOptions options)
    {
        using var objective = Objective(peakLogits);
        return new Trainer(options).Train(objective, data);
    }

    private static CausalLanguageModeling Objective(long? peakLogits) => new(TinyModels.For(HeadKind.CausalLanguageModeling, 20), peakLogits);

    // Four rows of six tokens, of which two end early; the source of the last changes.
    private sealed class Mixed : IBatchSource
    {
        public bool IsTold { get; init; } = true;

        public long BatchesPerEpoch => 100;

        public Batch At(long index)
        {
            var ids = tensor(Enumerable.Range(0, 24).Select(i => (index * 7 + i * (i / 6 + 1)) % 20).ToArray()).reshape(4, 6);
            var mask = tensor(new long[] { 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0 }).reshape(4, 6);
            return new TextBatch { InputIds = ids, AttentionMask = mask, SourceNames = IsTold ? ["a", "b", index % 2 == 0 ? "a" : "b", index % 2 == 0 ? "b" : "late"] : null };
        }
    }
}
