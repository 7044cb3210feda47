using Plinth.Core;
using Plinth.Training;
using Plinth.Training.Observers;
using Plinth.Training.Optimizers;
using Plinth.Training.Schedules;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Training;

[Collection(AloneInProcess.Name)]
public class TrainerTests
{
    private static readonly TrainerOptions plain = new()
    {
        Steps = 20, Optimizer = new AdamWOptions { LearningRate = 0.01 }, Schedule = new() { Kind = ScheduleKind.Constant }, ReportEvery = 1,
    };

    [Fact]
    public void Accumulated_batches_are_one_large_batch()
    {
        // Without Prepare, whose randomness follows the batch.
        using var large = new Unprepared(new TinyObjective());
        using var small = new Unprepared(new TinyObjective());
        var options = plain with { Optimizer = new StochasticGradientDescentOptions { LearningRate = 0.3 }, MaximumGradientNorm = null };

        var one = new Trainer(options).Train(large, new TinyData(8));
        var four = new Trainer(options with { AccumulationCount = 4 }).Train(small, new TinyData(2));

        Weights.AreNear(Weights.Numbers(large.Inner.Weight), Weights.Numbers(small.Inner.Weight), 1e-6);
        Weights.AreNear(Weights.Numbers(large.Inner.Table), Weights.Numbers(small.Inner.Table), 1e-6);
        Assert.Equal(one.LastLoss!.Value, four.LastLoss!.Value, 1e-5);
    }

    [Fact]
    public void A_step_that_does_not_fit_is_computed_in_smaller_pieces_with_the_same_gradient()
    {
        using var roomy = new Unprepared(new TinyObjective());
        using var tight = new Unprepared(new TinyObjective()) { MostRows = 2 };
        var options = plain with { Optimizer = new StochasticGradientDescentOptions { LearningRate = 0.3 }, AccumulationCount = 2 };
        var remarks = new RecordingLogger();

        var whole = new Trainer(options).Train(roomy, new TinyData(8));
        var cut = new Trainer(options, logger: remarks).Train(tight, new TinyData(8));

        Weights.AreNear(Weights.Numbers(roomy.Inner.Weight), Weights.Numbers(tight.Inner.Weight), 1e-6);
        Weights.AreNear(Weights.Numbers(roomy.Inner.Table), Weights.Numbers(tight.Inner.Table), 1e-6);
        Assert.Equal(whole.LastLoss!.Value, cut.LastLoss!.Value, 1e-5);
        Assert.Equal(whole.History[0].GradientNorm, cut.History[0].GradientNorm, 1e-5);
        Assert.Null(whole.History[0].Pieces);
        Assert.All(cut.History, report => Assert.Equal(4, report.Pieces));
        // From 8 rows to 4, and from 4 to 2; later steps begin there.
        Assert.Equal(2, tight.AbandonedCount);
        Assert.Equal(["Step 1 did not fit the memory. It is repeated with each batch in 2 pieces", "Step 1 did not fit the memory. It is repeated with each batch in 4 pieces"],
            remarks.Messages.Select(line => line.Split(',')[0]));
    }

    [Fact]
    public void A_step_that_never_fits_says_what_helps()
    {
        using var objective = new Unprepared(new TinyObjective()) { MostRows = 0 };
        var error = Assert.Throws<TrainingMemoryException>(() => new Trainer(plain).Train(objective, new TinyData(4)));
        Assert.StartsWith("Step 1 does not fit the memory.", error.Message, StringComparison.Ordinal);
        Assert.Contains("shorten the sequences", error.Message, StringComparison.Ordinal);
        Assert.IsType<System.Runtime.InteropServices.ExternalException>(error.InnerException);
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void The_loss_falls_and_weights_end_in_float32(Precision precision)
    {
        using var objective = new TinyObjective();
        var observer = new RecordingObserver();
        var result = new Trainer(plain with { Steps = 150, Precision = precision, ReportEvery = 50, Name = "tiny" }, [observer]).Train(objective, new TinyData(4));

        Assert.Equal(150, result.Step);
        Assert.False(result.Interrupted);
        Assert.Equal(3, result.History.Count);
        Assert.True(result.LastLoss < 0.7 * result.History[0].Loss, $"{result.History[0].Loss} to {result.LastLoss}");
        Assert.All(objective.parameters(), parameter => Assert.Equal(ScalarType.Float32, parameter.dtype));
        Assert.Equal(new("tiny", 0, 150, (11 * 6) + (5 * 6) + 5), Assert.Single(observer.Starts));
        Assert.Equal(result.History, observer.Steps);
        Assert.Equal(150 * 4 * 7, observer.Steps[^1].TokensSeen);
        Assert.False(Assert.Single(observer.Ends).Interrupted);
    }

    [Fact]
    public void The_parts_of_the_loss_are_told_apart()
    {
        using var objective = new TinyObjective();
        var result = new Trainer(plain with { Steps = 6, ReportEvery = 3, AccumulationCount = 2 }).Train(objective, new TinyData(4));
        Assert.Equal(2, result.History.Count);
        Assert.All(result.History, report =>
        {
            Assert.Equal(["label", "mean"], report.Terms!.Keys.Order());
            Assert.Equal(report.Loss, report.Terms["label"] + (0.5 * report.Terms["mean"]), 1e-5);
            Assert.True(report.Terms["label"] > 0 && report.Terms["mean"] > 0);
        });
    }

    [Fact]
    public void Gradients_are_cut_to_the_length_asked_for()
    {
        using var objective = new TinyObjective();
        var before = Weights.Numbers(objective.Weight);
        var options = plain with { Steps = 1, MaximumGradientNorm = 0.01, Optimizer = new StochasticGradientDescentOptions { LearningRate = 1 } };

        var result = new Trainer(options).Train(objective, new TinyData(4));

        Assert.True(result.History[0].GradientNorm > 0.02);
        var moved = before.Zip(Weights.Numbers(objective.Weight), (a, b) => (double)(a - b)).Sum(d => d * d);
        Assert.InRange(Math.Sqrt(moved), 1e-4, 0.01001);
    }

    [Fact]
    public void A_run_is_the_same_twice_and_another_with_another_seed()
    {
        byte[] Run(long seed)
        {
            using var objective = new TinyObjective(dropout: 0.2);
            new Trainer(plain with { Seed = seed }).Train(objective, new TinyData(4));
            return Weights.Bytes(objective);
        }

        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void Tensors_do_not_pile_up(Precision precision)
    {
        using var objective = new TinyObjective(dropout: 0.1);
        var counts = new List<long>();
        var observer = new RecordingObserver { OnStep = _ => counts.Add(Tensor.TotalCount) };
        var options = plain with { Steps = 240, ReportEvery = 40, AccumulationCount = 2, Precision = precision, EvaluateEvery = 40 };

        new Trainer(options, [observer]).Train(objective, new TinyData(4), new LossEvaluator(new TinyData(4), 3));

        // The next step's batches may be ready or not.
        Assert.InRange(counts[^1] - counts[0], -12, 12);
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_the_run_with_weights_intact()
    {
        using var objective = new TinyObjective();
        using var broken = new TinyObjective { Explodes = batch => ((TextBatch)batch).Labels!.sum().ToInt64() == Sum(7) };
        new Trainer(plain with { Steps = 7 }).Train(objective, new TinyData(4));
        var observer = new RecordingObserver();

        var error = Assert.Throws<TrainingDivergedException>(() => new Trainer(plain with { ReportEvery = 5 }, [observer]).Train(broken, new TinyData(4)));

        Assert.Contains("step 8 of 20", error.Message, StringComparison.Ordinal);
        Assert.Contains("learning rate 0.01", error.Message, StringComparison.Ordinal);
        Assert.Equal(Weights.Bytes(objective), Weights.Bytes(broken));
        Assert.True(Assert.Single(observer.Ends).Interrupted);

        static long Sum(long index) => new TinyData(4).At(index).Labels!.sum().ToInt64();
    }

    [Fact]
    public void Errors_of_the_data_reach_the_caller() =>
        Assert.Equal("no more", Assert.Throws<BadInputException>(() =>
        {
            using var objective = new TinyObjective();
            new Trainer(plain).Train(objective, new FailingData(3));
        }).Message);

    [Fact]
    public void Evaluations_are_compared_and_the_best_is_kept_in_float32()
    {
        using var objective = new TinyObjective();
        var keeper = new RecordingKeeper();
        var scores = new Queue<double>([3, 1, 2, 0.5]);
        var options = plain with { EvaluateEvery = 5, Precision = Precision.BFloat16 };

        var result = new Trainer(options, keeper: keeper).Train(objective, new TinyData(4), new ScriptedEvaluator(scores));

        Assert.Equal([5, 10, 15, 20], result.Evaluations.Select(evaluation => evaluation.Step));
        Assert.Equal([true, true, false, true], result.Evaluations.Select(evaluation => evaluation.IsBest));
        Assert.Equal(0.5, result.BestScore);
        Assert.Equal([5, 10, 20], keeper.Steps);
        Assert.All(keeper.Types, type => Assert.Equal(ScalarType.Float32, type));
        Assert.True(keeper.HasFineDigits);
    }

    [Fact]
    public void A_loss_evaluation_weighs_targets_and_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var objective = new TinyObjective(dropout: 0.5);
        objective.eval();
        using var noGrad = no_grad();
        var before = Weights.Bytes(objective);

        var scores = new LossEvaluator(new TinyData(2), 4).Evaluate(objective, CPU, TestContext.Current.CancellationToken);
        var again = new LossEvaluator(new TinyData(2), 4).Evaluate(objective, CPU, TestContext.Current.CancellationToken);

        Assert.Equal(scores, again);
        Assert.Equal(["label_loss", "loss", "mean_loss", "perplexity"], scores.Keys);
        Assert.Equal(scores["label_loss"] + (0.5 * scores["mean_loss"]), scores["loss"], 1e-9);
        Assert.Equal(Math.Exp(scores["label_loss"]), scores["perplexity"], 1e-9);
        Assert.Equal(before, Weights.Bytes(objective));
    }

    [Fact]
    public void Impossible_options_are_named()
    {
        Assert.Contains("'steps'", Assert.Throws<RecipeException>(() => new Trainer(plain with { Steps = 0 })).Message, StringComparison.Ordinal);
        using var objective = new TinyObjective();
        Assert.Contains("'device'", Assert.Throws<RecipeException>(() => new Trainer(plain with { Device = "abacus" }).Train(objective, new TinyData(1))).Message, StringComparison.Ordinal);
    }

    /// <summary>An objective without its preparation.</summary>
    private sealed class Unprepared : Objective
    {
        private readonly TinyObjective inner;
        private int tried;

        public Unprepared(TinyObjective inner)
            : base(nameof(Unprepared))
        {
            this.inner = inner;
            RegisterComponents();
        }

        public TinyObjective Inner => inner;

        /// <summary>Rows that the memory has room for.</summary>
        public int MostRows { get; init; } = int.MaxValue;

        public int AbandonedCount { get; private set; }

        public override Model Model => inner.Model;

        public override IReadOnlyList<long> CountTargets(Batch batch) => inner.CountTargets(batch);

        public override IReadOnlyList<LossTerm> Compute(Batch batch)
        {
            // The second batch of a step fails, so that the gradients of the first have to be forgotten.
            if (batch.Count > MostRows && (++tried % 2 == 0 || MostRows == 0))
            {
                empty(1L << 50);
            }

            return inner.Compute(batch);
        }

        public override void Abandoned() => AbandonedCount++;
    }

    private sealed class FailingData(long last) : IBatchSource
    {
        private readonly TinyData data = new(2);

        public long BatchesPerEpoch => 10;

        public Batch At(long index) => index < last ? data.At(index) : throw new BadInputException("no more");
    }

    private sealed class ScriptedEvaluator(Queue<double> scores) : IEvaluator
    {
        public string Criterion => "score";

        public bool IsHigherBetter => false;

        public IReadOnlyDictionary<string, double> Evaluate(Objective objective, Device device, CancellationToken cancellation)
        {
            Assert.False(objective.training);
            return new Dictionary<string, double> { ["score"] = scores.Dequeue() };
        }
    }

    private sealed class RecordingKeeper : IBestKeeper
    {
        public List<long> Steps { get; } = [];

        public List<ScalarType> Types { get; } = [];

        public bool HasFineDigits { get; private set; }

        public void Keep(Objective objective, EvaluationReport report)
        {
            Steps.Add(report.Step);
            Types.AddRange(objective.parameters().Select(parameter => parameter.dtype));
            var numbers = Weights.Numbers(((TinyObjective)objective).Weight);
            HasFineDigits = numbers.Any(number => (BitConverter.SingleToUInt32Bits(number) & 0xFFFF) != 0);
        }
    }
}
