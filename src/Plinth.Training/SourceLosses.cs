using Plinth.Core;
using Plinth.Training.Observers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training;

/// <summary>The loss of a batch whose samples say which source they are of.</summary>
/// <param name="Samples">The source of each sample.</param>
/// <param name="Losses">The loss of each.</param>
internal sealed record SourcedLoss(IReadOnlyList<string> Samples, SampleLosses Losses)
{
    /// <summary>The loss of a batch by its sources, which is that of the one term that tells it by sample, as that of the labels beside a teacher does; else null.</summary>
    public static SourcedLoss? Of(IReadOnlyList<LossTerm> terms, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(batch);
        SampleLosses[] told = [.. terms.Select(term => term.BySample).OfType<SampleLosses>()];
        return told is [var losses] && batch.SourceNames is { } samples ? new(samples, losses) : null;
    }
}

/// <summary>Sums a loss by the sources of its samples. The sums stay on the device until they are read, because reading waits for the device.</summary>
internal sealed class SourceLosses : IDisposable
{
    private readonly List<string> names = [];
    private readonly Dictionary<string, long> numbers = new(StringComparer.Ordinal);
    private Tensor? sums, counts;

    /// <summary>Adds the loss of a batch, or of a part of one.</summary>
    public void Add(SourcedLoss loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var sources = tensor(loss.Samples.Select(NumberOf).ToArray()).to(loss.Losses.Sums.device);
        (sums, counts) = (Grown(sums, loss.Losses.Sums), Grown(counts, loss.Losses.Counts));
        sums.scatter_add_(0, sources, loss.Losses.Sums);
        counts.scatter_add_(0, sources, loss.Losses.Counts);
    }

    /// <summary>The mean loss per target of each source since the last reading, and begins anew; null where nothing was added.</summary>
    public SortedDictionary<string, SourceLoss>? Read()
    {
        if (sums is null || counts is null)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (lost, counted) = (sums.cpu().data<float>().ToArray(), counts.cpu().data<long>().ToArray());
        sums.zero_();
        counts.zero_();
        var read = names.Index().Where(source => counted[source.Index] > 0).ToDictionary(source => source.Item, source => new SourceLoss(lost[source.Index] / counted[source.Index], counted[source.Index]));
        return read.Count == 0 ? null : new(read, StringComparer.Ordinal);
    }

    public void Dispose()
    {
        sums?.Dispose();
        counts?.Dispose();
    }

    private long NumberOf(string name)
    {
        if (!numbers.TryGetValue(name, out var number))
        {
            numbers.Add(name, number = names.Count);
            names.Add(name);
        }

        return number;
    }

    // A place for each source that was met.
    private Tensor Grown(Tensor? before, Tensor like)
    {
        if (before is null)
        {
            return zeros([names.Count], like.dtype, like.device).DetachFromDisposeScope();
        }

        if (before.size(0) == names.Count)
        {
            return before;
        }

        var grown = cat([before, zeros([names.Count - before.size(0)], like.dtype, like.device)]).DetachFromDisposeScope();
        before.Dispose();
        return grown;
    }
}
