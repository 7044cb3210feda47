using System.Diagnostics;
using System.Globalization;
using Plinth.Core;
using Plinth.Layers;
using Plinth.Models;
using Plinth.Models.Text.Llama;
using Plinth.Objectives;
using Plinth.Training;
using Plinth.Training.Optimizers;
using Plinth.Training.Schedules;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Bench;

/// <summary>A decoder and its batch.</summary>
internal sealed record TrainingShape(string Name, string Family, int Layers, int Hidden, int Heads, int Length, int VocabularySize, int Batch)
{
    /// <summary>
    /// Floating-point operations of a training step for a token: 6 for each weight of the linear maps, the head among them, and those of
    /// attention, of which a causal model needs half (Chowdhery et al. 2022, arXiv:2204.02311, appendix B, counts all).
    /// </summary>
    public double OperationsPerToken => (6.0 * ((Layers * WeightsOfBlock) + ((double)VocabularySize * Hidden))) + (6.0 * Layers * Hidden * Length);

    /// <summary>Whether its blocks are Llama's: no biases, root-mean-square norms, rotary positions, gated feed-forward networks, a head of its own.</summary>
    public bool IsLlama => Family == "llama";

    /// <summary>Width of the feed-forward networks.</summary>
    public int Inner => Config is LlamaConfig llama ? llama.IntermediateSize : 4 * Hidden;

    /// <summary>The architecture at this size.</summary>
    public ModelConfig Config => ModelCatalog.Families[Family].Shape(new(Layers, Hidden, Heads, VocabularySize, Length));

    private double WeightsOfBlock => (4.0 * Hidden * Hidden) + ((IsLlama ? 3.0 : 2.0) * Hidden * Inner);
}

/// <summary>
/// Training steps of a GPT-2 and of a Llama on the processor: the rate of our trainer beside that of plain matrix products measured in the same run, beside a
/// plain TorchSharp loop, and beside PyTorch where a Python that has it is named by PLINTH_BENCH_PYTHON. Best of several steps taken in turns, each
/// in a process of its own.
/// </summary>
internal static class TrainingBench
{
    private const string ChildName = "training-part", SmallMoments = "OursSmallMoments";

    private static readonly TrainingShape[] shapes =
    [
        new("A", "gpt2", 6, 384, 6, 256, 8192, 16),
        new("B, GPT-2 124M", "gpt2", 12, 768, 12, 512, 50257, 2),
        new("C, as A with Llama's blocks", "llama", 6, 384, 6, 256, 8192, 16),
    ];

    private static int Rounds => int.Parse(Environment.GetEnvironmentVariable("PLINTH_BENCH_ROUNDS") ?? "3", CultureInfo.InvariantCulture);

    public static void Run(BenchReport report)
    {
        report.Add($"{Environment.ProcessorCount} threads. Operations: 6 × weights of the linear maps (the tied head among them) + causal attention, per token. Matmul rate: the best product among the model's own shapes as libtorch computes it; best product: the same by whatever is fastest, the forms that we take among them; each kept up for half a second. Shares are of the operations a second of a whole step. Best of {Rounds} rounds of {StepsPerRound} steps after the first {FirstSteps}, all in turns, each in a process of its own.");
        report.Add($"");
        report.Add($"| model | numbers | ours, tokens/s | GFLOP/s | matmul rate | share | best product | share | outside of the passes | ours with moments in bfloat16 | outside | plain TorchSharp | ratio | PyTorch | ratio |");
        report.Add($"|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var shape in shapes)
        {
            foreach (var precision in new[] { Precision.Float32, Precision.BFloat16 })
            {
                Compare(report, shape, precision);
            }
        }
    }

    private static readonly TimeSpan window = TimeSpan.FromSeconds(0.5);

    // The first step makes the optimizer's state, and the heap finds its size in the next: after about ten there are no new pages.
    private const int FirstSteps = 12, StepsPerRound = 3;

    /// <summary>Measures one thing, where the arguments ask for it.</summary>
    /// <returns>Whether they do.</returns>
    public static bool TryRunChild(string[] args)
    {
        if (args is not [ChildName, { } what, { } name, { } numbers])
        {
            return false;
        }

        var (shape, precision) = (shapes.Single(shape => shape.Name == name), Enum.Parse<Precision>(numbers));
        var type = precision == Precision.Float32 ? ScalarType.Float32 : ScalarType.BFloat16;
        set_num_threads(Environment.ProcessorCount);
        random.manual_seed(1);
        using var ids = randint(0, shape.VocabularySize, [shape.Batch, shape.Length + 1], ScalarType.Int64);
        double[] found = what switch
        {
            nameof(MatrixRates) => MatrixRates(shape, type),
            nameof(Ours) => Ours(shape, precision, Precision.Float32, ids),
            SmallMoments => Ours(shape, precision, Precision.BFloat16, ids),
            _ => [Plain(shape, type, ids)],
        };
        Console.WriteLine(string.Join(' ', found.Select(number => number.ToString(CultureInfo.InvariantCulture))));
        return true;
    }

    private static void Compare(BenchReport report, TrainingShape shape, Precision precision)
    {
        var (matmul, product, ours, plain, outside) = (0.0, 0.0, double.MaxValue, double.MaxValue, double.MaxValue);
        var (small, smallOutside) = (double.MaxValue, double.MaxValue);
        double[] Measure(string what) =>
            [.. BenchReport.Child(ChildName, what, shape.Name, precision.ToString()).Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        for (var round = 0; round < Rounds; round++)
        {
            var rates = Measure(nameof(MatrixRates));
            (matmul, product) = (Math.Max(matmul, rates[0]), Math.Max(product, rates[1]));
            var step = Measure(nameof(Ours));
            (ours, outside) = (Math.Min(ours, step[0]), Math.Min(outside, step[1]));
            plain = Math.Min(plain, Measure(nameof(Plain))[0]);
            step = Measure(SmallMoments);
            (small, smallOutside) = (Math.Min(small, step[0]), Math.Min(smallOutside, step[1]));
        }

        var tokens = (double)shape.Batch * shape.Length;
        var flops = shape.OperationsPerToken * tokens / ours;
        var python = PyTorch(shape, precision);
        report.Add($"| {shape.Name} | {precision} | {tokens / ours:0} | {flops / 1e9:0} | {matmul / 1e9:0} | {flops / matmul:P0} | {product / 1e9:0} | {flops / product:P0} | {outside / ours:P1} | {tokens / small:0} | {smallOutside / small:P1} | {tokens / plain:0} | {plain / ours:0.00} | {(python is { } p ? $"{p:0}" : "not here")} | {(python is { } q ? $"{tokens / ours / q:0.00}" : "")} |");
    }

    // Of the products of a forward pass, whose shapes those of a backward pass have in another order: the best rate by libtorch's own choice, and by any.
    private static double[] MatrixRates(TrainingShape shape, ScalarType type)
    {
        long rows = shape.Batch * shape.Length;
        var products = new[] { (shape.Hidden, shape.Inner), (shape.Inner, shape.Hidden), (shape.Hidden, shape.IsLlama ? shape.Hidden : 3 * shape.Hidden), (shape.Hidden, shape.VocabularySize) }
            .Select(size => Product(rows, size.Item1, size.Item2, type)).ToList();
        return [products.Max(product => product.ByLibtorch), products.Max(product => Math.Max(product.ByLibtorch, product.Ours))];
    }

    private static (double ByLibtorch, double Ours) Product(long rows, long inner, long columns, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (left, right) = (randn(rows, inner).to(type), randn(columns, inner).to(type));
        var operations = 2.0 * rows * inner * columns;
        return (operations / Sustained(() => nn.functional.linear(left, right)), operations / Sustained(() => LinearMap.Apply(left, right)));
    }

    // Seconds of a product, over about as long as a step takes. The fastest single one of many finds a moment in which the machine's other guests
    // are quiet, which no step can.
    private static double Sustained(Func<Tensor> product)
    {
        product().Dispose();
        var (clock, count) = (Stopwatch.StartNew(), 0);
        for (; clock.Elapsed < window; count++)
        {
            product().Dispose();
        }

        return clock.Elapsed.TotalSeconds / count;
    }

    // Seconds of a step, and how many of these lie outside of the passes.
    private static double[] Ours(TrainingShape shape, Precision precision, Precision moments, Tensor ids)
    {
        random.manual_seed(1);
        using var model = new Model(ModelCatalog.Families[shape.Family], shape.Config, HeadKind.CausalLanguageModeling);
        using var objective = new TimedObjective(new CausalLanguageModeling(model));
        var options = new TrainerOptions
        {
            Steps = FirstSteps + StepsPerRound, Precision = precision, Optimizer = new AdamWOptions { LearningRate = 1e-4, Moments = moments },
            Schedule = new() { Kind = ScheduleKind.Constant }, ReportEvery = 1, MaximumGradientNorm = 1,
        };
        new Trainer(options).Run(objective, new FixedBatch(ids));
        return [objective.Steps.Skip(FirstSteps).Min(step => step.Whole), objective.Steps.Skip(FirstSteps).Min(step => step.Outside)];
    }

    private static double Plain(TrainingShape shape, ScalarType type, Tensor ids)
    {
        using var loop = new PlainLoop(shape, type);
        var (input, labels) = (ids.narrow(1, 0, shape.Length), ids.narrow(1, 1, shape.Length).contiguous());
        for (var i = 0; i < FirstSteps; i++)
        {
            loop.Step(input, labels);
        }

        return Enumerable.Range(0, StepsPerRound).Min(_ => BenchReport.Seconds(() => loop.Step(input, labels)));
    }

    private static double? PyTorch(TrainingShape shape, Precision precision)
    {
        // The Python script has a GPT-2 only.
        if (shape.IsLlama || Environment.GetEnvironmentVariable("PLINTH_BENCH_PYTHON") is not { Length: > 0 } python)
        {
            return null;
        }

        var type = precision == Precision.Float32 ? "float32" : "bfloat16";
        string[] arguments = [Path.Combine(BenchReport.Root, "bench/peers/train_step.py"), .. new[] { shape.Layers, shape.Hidden, shape.Heads, shape.Length, shape.VocabularySize, shape.Batch }.Select(size => $"{size}"), type, $"{Environment.ProcessorCount}", "1"];
        return double.Parse(BenchReport.Run(python, arguments), CultureInfo.InvariantCulture);
    }

    private sealed class FixedBatch(Tensor ids) : IBatchSource
    {
        public long BatchesPerEpoch => long.MaxValue;

        public Batch At(long index) => new TextBatch { InputIds = ids.narrow(1, 0, ids.size(1) - 1), Labels = ids.narrow(1, 1, ids.size(1) - 1) };
    }

    /// <summary>Seconds of a step, and how many of these lie outside of the forward and backward pass.</summary>
    private sealed record StepTime(double Whole, double Outside);

    private sealed class TimedObjective : Objective
    {
        private readonly Objective inner;
        private readonly Stopwatch passes = new();
        private long start;

        public TimedObjective(Objective inner)
            : base(nameof(TimedObjective))
        {
            this.inner = inner;
            RegisterComponents();
        }

        public List<StepTime> Steps { get; } = [];

        public override Model Model => inner.Model;

        public override Batch Prepare(Batch batch, Random random)
        {
            start = Stopwatch.GetTimestamp();
            passes.Reset();
            return inner.Prepare(batch, random);
        }

        public override IReadOnlyList<long> CountTargets(Batch batch) => inner.CountTargets(batch);

        public override IReadOnlyList<LossTerm> Compute(Batch batch)
        {
            passes.Start();
            return inner.Compute(batch);
        }

        public override void Backward(Tensor loss)
        {
            inner.Backward(loss);
            passes.Stop();
        }

        public override void Stepped(long step, long stepCount)
        {
            var whole = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Steps.Add(new(whole, whole - passes.Elapsed.TotalSeconds));
        }
    }
}
