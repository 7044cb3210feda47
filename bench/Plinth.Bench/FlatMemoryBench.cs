using System.Diagnostics;
using System.Globalization;
using Plinth.Core;
using Plinth.Core.Native;
using Plinth.Models;
using Plinth.Objectives;
using Plinth.Training;
using Plinth.Training.Observers;
using Plinth.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Bench;

/// <summary>
/// Resident memory and managed allocation of a long run: 10,000 steps of a small decoder with batches of ever other lengths, evaluations and snapshots, which is
/// what makes memory creep. PLINTH_BENCH_STEPS sets another number.
/// </summary>
internal static class FlatMemoryBench
{
    private static readonly TrainingShape shape = new("small", "gpt2", 2, 64, 2, 64, 1024, 8);

    public static void Run(BenchReport report)
    {
        var steps = int.Parse(Environment.GetEnvironmentVariable("PLINTH_BENCH_STEPS") ?? "10000", CultureInfo.InvariantCulture);
        var folder = Path.Combine(Path.GetTempPath(), $"plinth-flat-{Environment.ProcessId}");
        try
        {
            random.manual_seed(1);
            var family = ModelCatalog.Families["gpt2"];
            using var model = new Model(family, family.Shape(new(shape.Layers, shape.Hidden, shape.Heads, shape.VocabularySize, shape.Length)), HeadKind.CausalLanguageModeling);
            using var objective = new CausalLanguageModeling(model);
            var meter = new Meter(steps / 20);
            var options = new TrainerOptions
            {
                Steps = steps, Optimizer = new AdamWOptions { LearningRate = 1e-3 }, ReportEvery = Math.Max(1, steps / 20), EvaluateEvery = steps / 10, SnapshotEvery = steps / 10, MaximumGradientNorm = 1,
            };
            new Trainer(options, [meter]).Run(objective, new ChangingBatches(), new LossEvaluator(new ChangingBatches(), 20), folder);
            report.Add($"{steps:N0} steps of {shape.Layers} blocks of {shape.Hidden}, batches of {shape.Batch} × 8 to {shape.Length} tokens, an evaluation and a snapshot each {steps / 10:N0} steps. Torch threads: {TorchRuntime.ThreadCount}.");
            report.Add($"");
            report.Add($"| steps | resident MB | managed bytes allocated per step |");
            report.Add($"|---|---|---|");
            foreach (var (step, resident, allocated) in meter.Rows)
            {
                report.Add($"| {step:N0} | {resident / 1e6:0.0} | {allocated:N0} |");
            }

            // The first tenth fills caches: the code is compiled, the optimizer's state is made, the first snapshot written.
            var settled = meter.Rows.Skip(2).Select(row => (double)row.Resident).ToList();
            var middle = settled.Average();
            report.Add($"");
            report.Add($"After the first tenth: {settled.Min() / 1e6:0.0} to {settled.Max() / 1e6:0.0} MB, mean {middle / 1e6:0.0}: {(settled.Min() / middle) - 1:+0.0 %;-0.0 %} to {(settled.Max() / middle) - 1:+0.0 %;-0.0 %}.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class ChangingBatches : IBatchSource
    {
        public long BatchesPerEpoch => 1000;

        public Batch At(long index)
        {
            var random = StableSeed.RandomOf(3, index);
            var length = random.Next(8, shape.Length + 1);
            return new TextBatch { InputIds = tensor([.. Enumerable.Range(0, shape.Batch * length).Select(_ => (long)random.Next(shape.VocabularySize))], [shape.Batch, length]) };
        }
    }

    private sealed class Meter(int every) : IRunObserver
    {
        private long allocated = GC.GetTotalAllocatedBytes();

        public List<(long Step, long Resident, long Allocated)> Rows { get; } = [];

        public void Started(RunStart start)
        {
        }

        public void Stepped(StepReport report)
        {
            var now = GC.GetTotalAllocatedBytes();
            using var process = Process.GetCurrentProcess();
            Rows.Add((report.Step, process.WorkingSet64, (now - allocated) / every));
            allocated = now;
        }

        public void Evaluated(EvaluationReport report)
        {
        }

        public void Ended(RunEnd end)
        {
        }
    }
}
