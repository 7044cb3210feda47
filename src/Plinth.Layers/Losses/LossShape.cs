using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Plinth.Layers.Losses;

/// <summary>What is added to a cross entropy while a model learns; a model is scored without it.</summary>
public interface ILossShape
{
    /// <summary>Share of the probability that learning spreads over all classes (Szegedy et al. 2015, arXiv:1512.00567); 0 spreads nothing.</summary>
    double LabelSmoothing { get; }

    /// <summary>
    /// Factor on the squared logarithm of the sum that a softmax divides by (the z-loss of Chowdhery et al. 2022, arXiv:2204.02311, who take 1e-4), which keeps logits
    /// near 0 and low precision stable; 0 adds nothing.
    /// </summary>
    double NormalizerPenalty { get; }
}

/// <summary>Applies an <see cref="ILossShape"/>.</summary>
public static class LossShape
{
    /// <summary>Refuses impossible values.</summary>
    /// <exception cref="RecipeException">A value is out of range.</exception>
    public static void Validate(this ILossShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.LabelSmoothing is not (>= 0 and < 1))
        {
            throw new RecipeException($"label_smoothing = {shape.LabelSmoothing} must be at least 0 and below 1.");
        }

        if (shape.NormalizerPenalty is not (>= 0 and < 1))
        {
            throw new RecipeException($"normalizer_penalty = {shape.NormalizerPenalty} must be at least 0 and below 1.");
        }
    }

    /// <summary>The penalty of rows of logits, summed; null where there is none.</summary>
    /// <param name="shape">The shape, or null for none.</param>
    /// <param name="logits">Raw scores; <c>[target, class]</c>.</param>
    /// <param name="targets">Class numbers, <see cref="Batch.IgnoredLabel"/> for rows that do not count; int64 <c>[target]</c>.</param>
    internal static Tensor? Penalty(this ILossShape? shape, Tensor logits, Tensor targets) =>
        shape is { NormalizerPenalty: > 0 and var factor } ? Squares(logits, targets).sum() * factor : null;

    /// <summary>The penalty of each row of logits; null where there is none.</summary>
    /// <param name="shape">The shape, or null for none.</param>
    /// <param name="logits">Raw scores; <c>[target, class]</c>.</param>
    /// <param name="targets">Class numbers, <see cref="Batch.IgnoredLabel"/> for rows that do not count; int64 <c>[target]</c>.</param>
    /// <returns><c>[target]</c>.</returns>
    internal static Tensor? Penalties(this ILossShape? shape, Tensor logits, Tensor targets) =>
        shape is { NormalizerPenalty: > 0 and var factor } ? Squares(logits, targets) * factor : null;

    private static Tensor Squares(Tensor logits, Tensor targets) => logits.logsumexp(-1).square() * targets.ne(Batch.IgnoredLabel);
}
