using Plinth.Core;
using Plinth.Layers.Losses;

namespace Plinth.Objectives;

/// <summary>How tokens are hidden (Devlin et al. 2018, arXiv:1810.04805).</summary>
public record MaskingOptions : ILossShape
{
    /// <summary>Share of the tokens that have to be predicted, over 0 up to 1. Each sequence has at least one.</summary>
    public double Probability { get; init; } = 0.15;

    /// <summary>Share of those that become the mask token; 0 hides none behind it.</summary>
    public double MaskShare { get; init; } = 0.8;

    /// <summary>Share of those that become a random token. The rest stays as it is.</summary>
    public double RandomShare { get; init; } = 0.1;

    /// <summary>Whether all tokens of a word are hidden together; the batches must then say where words begin.</summary>
    public bool WholeWord { get; init; }

    /// <inheritdoc />
    public double LabelSmoothing { get; init; }

    /// <inheritdoc />
    public double NormalizerPenalty { get; init; }

    /// <summary>Refuses impossible values.</summary>
    /// <exception cref="RecipeException">A share is out of range.</exception>
    public virtual void Validate()
    {
        LossShape.Validate(this);
        if (Probability is not (> 0 and <= 1))
        {
            throw new RecipeException($"probability = {Probability} of masking must be over 0 and at most 1.");
        }

        if (MaskShare is not (>= 0 and <= 1) || RandomShare is not (>= 0 and <= 1) || MaskShare + RandomShare > 1 + 1e-9)
        {
            throw new RecipeException($"mask_share = {MaskShare} and random_share = {RandomShare} must each be 0 to 1, and at most 1 together.");
        }
    }
}
