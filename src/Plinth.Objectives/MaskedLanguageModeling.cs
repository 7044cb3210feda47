using Plinth.Core;
using Plinth.Layers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Objectives;

/// <summary>Predicting hidden tokens from both sides (Devlin et al. 2018, arXiv:1810.04805).</summary>
public sealed class MaskedLanguageModeling : VocabularyObjective
{
    private readonly TokenMasking masking;

    /// <param name="model">A model with a vocabulary head.</param>
    /// <param name="roles">Mask token and special tokens of its vocabulary.</param>
    /// <param name="options">How many tokens are hidden, and how.</param>
    /// <exception cref="PlinthException">The model has another head, or the vocabulary no mask token.</exception>
    public MaskedLanguageModeling(Model model, TokenRoles roles, MaskingOptions? options = null)
        : base(nameof(MaskedLanguageModeling), "masked_lm", model, null, options)
    {
        ArgumentNullException.ThrowIfNull(roles);
        masking = new(options ?? new(), roles);
    }

    /// <inheritdoc />
    /// <remarks>The labels become a list of hidden positions and their true ids; <c>[target, 2]</c>.</remarks>
    public override Batch Prepare(Batch batch, Random random) => masking.Hide(TextBatches.Of(batch), random);
}
