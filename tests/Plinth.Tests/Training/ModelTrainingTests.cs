using Plinth.Core;
using Plinth.Models.Text.Gpt2;
using Plinth.Tests.Core;
using Plinth.Training;
using Plinth.Training.Optimizers;
using Plinth.Training.Schedules;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Training;

/// <summary>The trainer with a model as users have them: attention, norms, dropout, tied weights.</summary>
[Collection(AloneInProcess.Name)]
public class ModelTrainingTests
{
    private static readonly TrainerOptions options = new()
    {
        Steps = 60, ReportEvery = 1, Optimizer = new AdamWOptions { LearningRate = 3e-3, WeightDecay = 0.1 }, Schedule = new() { Kind = ScheduleKind.Cosine, WarmupSteps = 5 },
    };

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void A_decoder_learns_to_count_and_goes_on_after_an_interruption(Precision precision)
    {
        using var folder = new ScratchFolder();
        using var whole = new NextToken(seed: 3);
        var expected = new Trainer(options with { Precision = precision }).Train(whole, new Counting());
        using var first = new NextToken(seed: 3);
        using var cancellation = new CancellationTokenSource();
        var observer = new RecordingObserver { OnStep = report => { if (report.Step == 25) { cancellation.Cancel(); } } };
        var half = new Trainer(options with { Precision = precision }, [observer]).Run(first, new Counting(), folder: folder.Path, cancellation: cancellation.Token);
        using var second = new NextToken(seed: 4);
        var rest = new Trainer(options with { Precision = precision }).Train(second, new Counting(), folder: folder.Path);

        Assert.Equal(25, half.Step);
        Assert.InRange(expected.History[0].Loss, 2.5, 3.5); // ln 19 = 2.94
        Assert.InRange(expected.LastLoss!.Value, 0, 1.5);
        Assert.Equal(expected.LastLoss, rest.LastLoss);
        Assert.Equal(Weights.Bytes(whole), Weights.Bytes(second));
    }

    private sealed class NextToken : Objective
    {
        private readonly Model model;

        public NextToken(int seed)
            : base(nameof(NextToken))
        {
            manual_seed(seed);
            var family = new Gpt2Family();
            model = new(family, family.Shape(new(2, 32, 4, 19, 16)), HeadKind.CausalLanguageModeling);
            RegisterComponents();
        }

        public override Model Model => model;

        public override IReadOnlyList<LossTerm> Compute(Batch batch)
        {
            var logits = model.Logits(batch).to(float32);
            return [new("next", nn.functional.cross_entropy(logits.view(-1, logits.size(-1)), batch.Labels!.view(-1), reduction: nn.Reduction.Sum))];
        }
    }

    /// <summary>Sequences in which each token follows from the last.</summary>
    private sealed class Counting : IBatchSource
    {
        public long BatchesPerEpoch => 100;

        public Batch At(long index)
        {
            var rows = Enumerable.Range(0, 8).Select(row => Enumerable.Range(0, 17).Select(i => ((index * 7) + (row * 5) + i) % 19).ToArray()).ToArray();
            return new TextBatch
            {
                InputIds = tensor(rows.SelectMany(row => row[..^1]).ToArray(), 8, 16),
                Labels = tensor(rows.SelectMany(row => row[1..]).ToArray(), 8, 16),
            };
        }
    }
}
