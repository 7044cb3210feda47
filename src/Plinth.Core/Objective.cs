using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>One part of a loss, as a sum: the trainer divides by the targets of the whole step, so that splitting a batch changes nothing.</summary>
/// <param name="Name">Short name, for example <c>masked_lm</c>.</param>
/// <param name="Sum">Loss summed over the targets, in nats; a scalar.</param>
/// <param name="Weight">Weight of this part in the total.</param>
public sealed record LossTerm(string Name, Tensor Sum, double Weight = 1)
{
    /// <summary>Whether the sum is of negative logarithms of probabilities, so that the exponential of its mean, the perplexity, says something.</summary>
    public bool IsLikelihood { get; init; } = true;

    /// <summary>The same loss by sample, of a batch whose samples say which source they are of (<see cref="Batch.SourceNames"/>); null where they do not, or the objective cannot tell.</summary>
    public SampleLosses? BySample { get; init; }
}

/// <summary>A loss by the samples of a batch.</summary>
/// <param name="Sums">Loss of each, summed over its targets, in nats and without gradients; <c>[batch]</c>.</param>
/// <param name="Counts">Targets of each; int64 <c>[batch]</c>.</param>
public sealed record SampleLosses(Tensor Sums, Tensor Counts);

/// <summary>
/// What is learnt: a batch becomes summed losses. It owns heads and teachers that exist only for training;
/// its <see cref="Model"/> is what gets saved.
/// </summary>
public abstract class Objective : nn.Module
{
    /// <param name="name">Name of the module, for printing.</param>
    protected Objective(string name) : base(name) { }

    /// <summary>What gets saved.</summary>
    public abstract Model Model { get; }

    /// <summary>Makes inputs and targets out of a raw batch on the host, for example by hiding tokens. The default leaves it as it is.</summary>
    /// <param name="batch">A batch on the CPU.</param>
    /// <param name="random">Randomness of this batch alone, so that a resumed run repeats it.</param>
    public virtual Batch Prepare(Batch batch, Random random) => batch;

    /// <summary>
    /// Counts the targets of each loss term of a prepared batch on the host. The default is one term whose
    /// targets are the labels that are not <see cref="Batch.IgnoredLabel"/>.
    /// </summary>
    public virtual IReadOnlyList<long> CountTargets(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Labels is not { } labels)
        {
            throw new ArgumentException("The batch has no labels.", nameof(batch));
        }

        using var scope = NewDisposeScope();
        return [labels.is_floating_point() ? labels.size(0) : labels.ne(Batch.IgnoredLabel).sum().ToInt64()];
    }

    /// <summary>Computes the summed losses, one per term, in the order of <see cref="CountTargets"/>.</summary>
    /// <param name="batch">A prepared batch on the model's device.</param>
    public abstract IReadOnlyList<LossTerm> Compute(Batch batch);

    /// <summary>
    /// How many parts a prepared batch has that can be computed one by one to the same sums; 1 where its samples are compared with each other.
    /// The default is the number of samples.
    /// </summary>
    /// <param name="batch">A prepared batch.</param>
    public virtual int PartCount(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.Count;
    }

    /// <summary>Some of the parts as a batch of their own, so that a step that does not fit the memory can be computed piece by piece.</summary>
    /// <param name="batch">A prepared batch.</param>
    /// <param name="first">The first part, from 0.</param>
    /// <param name="count">How many.</param>
    public virtual Batch Part(Batch batch, int first, int count)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var parts = PartCount(batch);
        if (count == parts)
        {
            return batch;
        }

        var samples = batch.Count / parts;
        return batch.Rows(first * samples, count * samples) with { Labels = batch.Labels?.narrow(0, first, count) };
    }

    /// <summary>
    /// Adds to the gradients of the weights, right after <see cref="Compute"/>. An objective that compares more samples than fit into memory
    /// does the last part of it in pieces.
    /// </summary>
    /// <param name="loss">The loss of the batch as the trainer counts it; a scalar.</param>
    public virtual void Backward(Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        BackwardPass.Run(() => loss.backward());
    }

    /// <summary>Told after each optimizer step, before its state is kept: here teachers follow their students. The default does nothing.</summary>
    /// <param name="step">Steps that are done.</param>
    /// <param name="stepCount">Steps of the whole run.</param>
    public virtual void Stepped(long step, long stepCount)
    {
    }

    /// <summary>Told when a step is given up to be computed anew: what was gathered since the last one is to be forgotten. The default does nothing.</summary>
    public virtual void Abandoned()
    {
    }
}

/// <summary>Gives batches by number. The same number gives the same batch in every process, which is what makes a run resumable.</summary>
public interface IBatchSource
{
    /// <summary>Batches of one pass over the data.</summary>
    long BatchesPerEpoch { get; }

    /// <summary>Makes a batch on the CPU.</summary>
    /// <param name="index">Number of the batch from 0; it runs on over the epochs.</param>
    Batch At(long index);
}
