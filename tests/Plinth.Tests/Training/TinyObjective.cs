using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Training;
using Plinth.Training.Observers;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Training;

/// <summary>Torch's random state belongs to the process, so these tests run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneInProcess
{
    public const string Name = "Training";
}

/// <summary>Labels tokens: a table, a tanh, dropout and a linear map, with a second loss on the sentence means.</summary>
internal sealed class TinyObjective : Objective
{
    public const int Vocabulary = 11, Hidden = 6, Classes = 5;

    private readonly Parameter table;
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Tensor calls;
    private readonly double dropout;

    public TinyObjective(double dropout = 0, int seed = 1)
        : base(nameof(TinyObjective))
    {
        this.dropout = dropout;
        manual_seed(seed);
        table = new Parameter(randn(Vocabulary, Hidden));
        weight = new Parameter(randn(Classes, Hidden));
        bias = new Parameter(zeros(Classes));
        calls = zeros(1);
        RegisterComponents();
    }

    /// <summary>Batches whose loss is made infinite.</summary>
    public Func<Batch, bool> Explodes { get; init; } = _ => false;

    public Parameter Table => table;

    public Parameter Weight => weight;

    public double Calls => calls.ToDouble();

    public override Model Model => throw new NotSupportedException("There is nothing to save.");

    public override Batch Prepare(Batch batch, Random random)
    {
        // One token in eight is replaced, as a masked objective does.
        var text = (TextBatch)batch;
        var ids = text.InputIds.data<long>().ToArray();
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = random.Next(8) == 0 ? 0 : ids[i];
        }

        return text with { InputIds = tensor(ids, text.InputIds.shape) };
    }

    public override IReadOnlyList<long> CountTargets(Batch batch) => [base.CountTargets(batch)[0], batch.Count];

    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        var text = (TextBatch)batch;
        if (training)
        {
            using var noGrad = no_grad();
            calls.add_(1);
        }

        var hidden = table.index(text.InputIds).tanh();
        hidden = nn.functional.dropout(hidden, dropout, training);
        var logits = nn.functional.linear(hidden, weight, bias).to(float32);
        var loss = nn.functional.cross_entropy(logits.view(-1, Classes), text.Labels!.view(-1), ignore_index: Batch.IgnoredLabel, reduction: nn.Reduction.Sum);
        if (Explodes(batch))
        {
            loss = loss * double.PositiveInfinity;
        }

        return [new("label", loss), new("mean", hidden.mean([1]).to(float32).square().sum(), 0.5)];
    }
}

/// <summary>Rows follow from their number, whatever the size of the batch.</summary>
internal sealed class TinyData(int rowsPerBatch, long batchesPerEpoch = 1000) : IBatchSource
{
    private const int Length = 7;

    public long BatchesPerEpoch => batchesPerEpoch;

    public Batch At(long index)
    {
        var ids = new long[rowsPerBatch * Length];
        var labels = new long[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            var row = (index * rowsPerBatch) + (i / Length);
            var random = new Random((int)((row * Length) + (i % Length)));
            ids[i] = random.Next(1, TinyObjective.Vocabulary);
            // Rows have unequal numbers of targets.
            labels[i] = i % Length <= row % Length ? ids[i] % TinyObjective.Classes : Batch.IgnoredLabel;
        }

        return new TextBatch { InputIds = tensor(ids, rowsPerBatch, Length), Labels = tensor(labels, rowsPerBatch, Length) };
    }
}

/// <summary>Remembers the remarks of a run.</summary>
internal sealed class RecordingLogger : ILogger
{
    public List<string> Messages { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Messages.Add(formatter(state, exception));
}

/// <summary>Remembers what it is told.</summary>
internal sealed class RecordingObserver : IRunObserver
{
    public List<RunStart> Starts { get; } = [];

    public List<StepReport> Steps { get; } = [];

    public List<EvaluationReport> Evaluations { get; } = [];

    public List<RunEnd> Ends { get; } = [];

    public Action<StepReport> OnStep { get; init; } = _ => { };

    public void Started(RunStart start) => Starts.Add(start);

    public void Stepped(StepReport report)
    {
        Steps.Add(report);
        OnStep(report);
    }

    public void Evaluated(EvaluationReport report) => Evaluations.Add(report);

    public void Ended(RunEnd end) => Ends.Add(end);
}

internal static class TrainerExtensions
{
    /// <summary>Runs until the end, or until the test itself is cancelled.</summary>
    public static TrainingResult Train(this Trainer trainer, Objective objective, IBatchSource data, IEvaluator? evaluator = null, string? folder = null) =>
        trainer.Run(objective, data, evaluator, folder, TestContext.Current.CancellationToken);
}

internal static class Weights
{
    /// <summary>All weights as bytes.</summary>
    public static byte[] Bytes(nn.Module module)
    {
        using var scope = NewDisposeScope();
        return [.. module.named_parameters().SelectMany(entry => entry.parameter.detach().contiguous().bytes.ToArray())];
    }

    public static float[] Numbers(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(float32).contiguous().data<float>().ToArray();
    }

    public static void AreNear(float[] expected, float[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])), $"Number {i} is {found[i]} and should be {expected[i]}.");
        }
    }
}
