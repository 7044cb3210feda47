using Plinth.Core.Native;
using Plinth.Training.Observers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training;

/// <summary>Sums what happens between two reports. The loss stays on the device until a report asks for it, because reading it waits for the device.</summary>
internal sealed class ProgressMeter : IDisposable
{
    private readonly TimeProvider time;
    private readonly long firstStep;
    private readonly long totalSteps;
    private readonly ComputeCost? cost;
    private readonly Tensor lossSum;
    private readonly SourceLosses sources = new();
    private IReadOnlyList<string> termNames = [];
    private Tensor? termSums;
    private long started;
    private long windowStarted;
    private long windowAllocated = GC.GetTotalAllocatedBytes();
    private TimeSpan windowWaited;
    private long windowSteps;
    private long windowElements;
    private long windowSamples;

    public ProgressMeter(TimeProvider time, long firstStep, long totalSteps, long elementsSeen, Device device, ComputeCost? cost)
    {
        this.time = time;
        this.firstStep = firstStep;
        this.totalSteps = totalSteps;
        this.cost = cost;
        ElementsSeen = elementsSeen;
        started = windowStarted = time.GetTimestamp();
        lossSum = zeros([], float32, device).DetachFromDisposeScope();
    }

    /// <summary>Elements since the run began.</summary>
    public long ElementsSeen { get; private set; }

    /// <summary>Time of this session.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(started);

    /// <summary>Does something whose time counts neither as training nor against its speed.</summary>
    public T WithoutCounting<T>(Func<T> act)
    {
        var before = time.GetTimestamp();
        try
        {
            return act();
        }
        finally
        {
            var passed = time.GetTimestamp() - before;
            started += passed;
            windowStarted += passed;
        }
    }

    /// <summary>Makes what the step needs, and counts the time as waiting.</summary>
    public T Waiting<T>(Func<T> make)
    {
        var before = time.GetTimestamp();
        var made = make();
        windowWaited += time.GetElapsedTime(before);
        return made;
    }

    public void Add(StepLoss loss, long elements, long samples)
    {
        using var noGrad = no_grad();
        lossSum.add_(loss.Total);
        if (loss.Terms is { } terms)
        {
            termNames = loss.Names;
            termSums ??= zeros_like(terms).DetachFromDisposeScope();
            termSums.add_(terms);
        }

        foreach (var sourced in loss.Sourced)
        {
            sources.Add(sourced);
        }

        windowSteps++;
        windowElements += elements;
        windowSamples += samples;
        ElementsSeen += elements;
    }

    /// <summary>Reports and starts anew.</summary>
    public StepReport Report(long step, double learningRate, double gradientNorm, IReadOnlyDictionary<string, double> blockNorms)
    {
        TorchMemory.Tidy();
        var elapsed = Elapsed;
        var seconds = Math.Max(1e-9, time.GetElapsedTime(windowStarted).TotalSeconds);
        var remaining = elapsed * ((double)(totalSteps - step) / Math.Max(1, step - firstStep));
        var report = new StepReport(
            step, totalSteps, lossSum.ToDouble() / Math.Max(1, windowSteps), learningRate, gradientNorm,
            windowElements / seconds, ElementsSeen, elapsed, remaining, Environment.WorkingSet, windowSamples / seconds)
        {
            Terms = Terms(),
            Sources = sources.Read(),
            BlockGradientNorms = blockNorms,
            Utilization = windowElements / seconds * cost?.OperationsPerElement / cost?.PeakPerSecond,
            ManagedBytesPerStep = (GC.GetTotalAllocatedBytes() - windowAllocated) / Math.Max(1, windowSteps),
            DataWaitShare = Math.Min(1, windowWaited.TotalSeconds / seconds),
        };
        using var noGrad = no_grad();
        lossSum.zero_();
        termSums?.zero_();
        windowSteps = windowElements = windowSamples = 0;
        windowWaited = TimeSpan.Zero;
        windowAllocated = GC.GetTotalAllocatedBytes();
        windowStarted = time.GetTimestamp();
        return report;
    }

    public void Dispose()
    {
        lossSum.Dispose();
        termSums?.Dispose();
        sources.Dispose();
    }

    private Dictionary<string, double>? Terms()
    {
        if (termSums is null)
        {
            return null;
        }

        using var sums = termSums.cpu();
        // Two terms of one name are told together.
        return termNames.Zip(sums.data<float>().ToArray()).GroupBy(term => term.First, StringComparer.Ordinal)
            .ToDictionary(term => term.Key, term => term.Sum(part => (double)part.Second) / Math.Max(1, windowSteps), StringComparer.Ordinal);
    }
}
