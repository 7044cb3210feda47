using Plinth.Core;
using Plinth.Layers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Objectives;

/// <summary>Predicting hidden tokens from both sides (Devlin et al. 2018, arXiv:1810.04805).</summary>
public sealed class MaskedLanguageModeling : Objective
{
    private readonly Model model;
    private readonly TokenMasking masking;

    /// <param name="model">A model with a vocabulary head.</param>
    /// <param name="roles">Mask token and special tokens of its vocabulary.</param>
    /// <param name="options">How many tokens are hidden, and how.</param>
    /// <exception cref="PlinthException">The model has another head, or the vocabulary no mask token.</exception>
    public MaskedLanguageModeling(Model model, TokenRoles roles, MaskingOptions? options = null)
        : base(nameof(MaskedLanguageModeling))
    {
        ArgumentNullException.ThrowIfNull(roles);
        VocabularyLoss.HeadOf(model);
        this.model = model;
        masking = new(options ?? new(), roles);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Model Model => model;

    /// <inheritdoc />
    /// <remarks>The labels become a list of hidden positions and their true ids; <c>[target, 2]</c>.</remarks>
    public override Batch Prepare(Batch batch, Random random) => masking.Hide(TextBatches.Of(batch), random);

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch) => [TextBatches.Targets(batch).size(0)];

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        var targets = TextBatches.Targets(batch);
        return [new("masked_lm", VocabularyLoss.Sum(model, model.Backbone.Run(batch).Hidden, targets))];
    }
}
