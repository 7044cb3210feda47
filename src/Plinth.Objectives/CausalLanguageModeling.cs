using Plinth.Core;
using Plinth.Layers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Objectives;

/// <summary>What learning from the next token can be told.</summary>
public sealed record CausalLanguageModelingOptions : ILossShape
{
    /// <inheritdoc />
    public double LabelSmoothing { get; init; }

    /// <inheritdoc />
    public double NormalizerPenalty { get; init; }
}

/// <summary>
/// Predicting each next token (Radford et al. 2018, "Improving Language Understanding by Generative Pre-Training").
/// A batch may bring labels, each on the position that has to predict it; else they are the ids moved by one.
/// </summary>
public sealed class CausalLanguageModeling : VocabularyObjective
{
    /// <param name="model">A model with a head for the next token.</param>
    /// <param name="peakLogits">Logits that may exist at one time, beyond which the loss is computed in pieces; null for what is fast and small.</param>
    /// <param name="options">What is added to the loss, or null for nothing.</param>
    /// <exception cref="PlinthException">The model has another head.</exception>
    public CausalLanguageModeling(Model model, long? peakLogits = null, CausalLanguageModelingOptions? options = null)
        : base(nameof(CausalLanguageModeling), "causal_lm", model, peakLogits, options)
    {
    }

    /// <inheritdoc />
    /// <remarks>The labels become a list of positions and ids; <c>[target, 2]</c>.</remarks>
    public override Batch Prepare(Batch batch, Random random)
    {
        var text = TextBatches.Of(batch);
        using var scope = NewDisposeScope();
        var labels = text.Labels ?? Shifted(text);
        return text with { Labels = VocabularyLoss.Targets(labels).MoveToOuterDisposeScope() };
    }

    private static Tensor Shifted(TextBatch text)
    {
        var seq = text.InputIds.size(1);
        var labels = full_like(text.InputIds, Batch.IgnoredLabel);
        if (seq < 2)
        {
            return labels;
        }

        var next = text.InputIds.narrow(1, 1, seq - 1);
        if (text.AttentionMask is { } mask)
        {
            // With padding on the left the last padding would have to guess the first token; it may not.
            var isPair = mask.narrow(1, 1, seq - 1).ne(0).logical_and(mask.narrow(1, 0, seq - 1).ne(0));
            next = next.where(isPair, full_like(next, Batch.IgnoredLabel));
        }

        labels.narrow(1, 0, seq - 1).copy_(next);
        return labels;
    }
}
