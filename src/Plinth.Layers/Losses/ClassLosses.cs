using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Plinth.Layers.Losses;

/// <summary>Losses of class logits.</summary>
public static class ClassLosses
{
    /// <summary>Cross entropy with the class numbers.</summary>
    /// <param name="logits">Raw scores; <c>[target, class]</c>.</param>
    /// <param name="targets">Class numbers, or <see cref="Batch.IgnoredLabel"/> where there is no target; int64 <c>[target]</c>.</param>
    /// <param name="classWeights">Weight of each class, or null for 1; the count is then the weight of the targets; <c>[class]</c>.</param>
    /// <param name="smoothing">Share of the probability that is spread over all classes (Szegedy et al. 2015, arXiv:1512.00567); 0 spreads nothing.</param>
    public static SummedLoss CrossEntropy(Tensor logits, Tensor targets, Tensor? classWeights = null, double smoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(targets);
        var sum = F.cross_entropy(logits, targets, classWeights!, Batch.IgnoredLabel, nn.Reduction.Sum, smoothing);
        var isTarget = targets.ne(Batch.IgnoredLabel);
        return new(sum, classWeights is null
            ? isTarget.sum()
            : (classWeights.index_select(0, targets.clamp_min(0).flatten()) * isTarget.flatten()).sum());
    }

    /// <summary>Cross entropy of a model that learns.</summary>
    /// <param name="logits">Raw scores; <c>[target, class]</c>.</param>
    /// <param name="targets">Class numbers, <see cref="Batch.IgnoredLabel"/> for rows that do not count; int64 <c>[target]</c>.</param>
    /// <param name="shape">What is added, or null for nothing.</param>
    /// <param name="classWeights">Weight of each class, or null for 1; <c>[class]</c>.</param>
    /// <returns>The sum; a scalar.</returns>
    public static Tensor Shaped(Tensor logits, Tensor targets, ILossShape? shape, Tensor? classWeights = null)
    {
        if (classWeights is null && FusedCrossEntropy.Suits(logits))
        {
            return FusedCrossEntropy.Sum(logits, targets, shape);
        }

        logits = logits.to(ScalarType.Float32);
        var sum = F.cross_entropy(logits, targets, classWeights!, Batch.IgnoredLabel, nn.Reduction.Sum, shape?.LabelSmoothing ?? 0);
        return shape.Penalty(logits, targets) is { } penalty ? sum + penalty : sum;
    }

    /// <summary>Cross entropy of a model that learns, target by target.</summary>
    /// <param name="logits">Raw scores; <c>[target, class]</c>.</param>
    /// <param name="targets">Class numbers, <see cref="Batch.IgnoredLabel"/> for rows that do not count; int64 <c>[target]</c>.</param>
    /// <param name="shape">What is added, or null for nothing.</param>
    /// <returns>The terms of the sum that <see cref="Shaped"/> gives; <c>[target]</c>.</returns>
    public static Tensor ShapedEach(Tensor logits, Tensor targets, ILossShape? shape)
    {
        var losses = F.cross_entropy(logits, targets, null!, Batch.IgnoredLabel, nn.Reduction.None, shape?.LabelSmoothing ?? 0);
        return shape.Penalties(logits, targets) is { } penalties ? losses + penalties : losses;
    }

    /// <summary>Cross entropy of independent yes-or-no answers, one per element.</summary>
    /// <param name="logits">Raw scores; <c>[..., class]</c>.</param>
    /// <param name="targets">0, 1 or a probability between; <c>[..., class]</c>.</param>
    /// <param name="positiveWeights">Weight of the positive answers per class, or null for 1; <c>[class]</c>.</param>
    public static SummedLoss Binary(Tensor logits, Tensor targets, Tensor? positiveWeights = null)
    {
        ArgumentNullException.ThrowIfNull(logits);
        return new(F.binary_cross_entropy_with_logits(logits, targets, null!, nn.Reduction.Sum, positiveWeights!), logits.numel());
    }
}
