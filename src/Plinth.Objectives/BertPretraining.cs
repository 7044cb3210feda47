using Plinth.Core;
using Plinth.Layers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Objectives;

/// <summary>Hidden tokens and whether the second text follows the first, learnt together (Devlin et al. 2018, arXiv:1810.04805).</summary>
public sealed class BertPretraining : Objective
{
    private readonly Model model;
    private readonly TokenMasking masking;
    private readonly MaskingOptions options;

    /// <param name="model">A model with both heads.</param>
    /// <param name="roles">Mask token and special tokens of its vocabulary.</param>
    /// <param name="options">How many tokens are hidden, and how.</param>
    /// <exception cref="PlinthException">The model lacks one of the heads, or the vocabulary a mask token.</exception>
    public BertPretraining(Model model, TokenRoles roles, MaskingOptions? options = null)
        : base(nameof(BertPretraining))
    {
        ArgumentNullException.ThrowIfNull(roles);
        if (VocabularyLoss.HeadOf(model) is not INextSentenceHead)
        {
            throw new PlinthException($"This objective needs a head that judges pairs; '{model.Family.ModelType}' has {model.HeadKind}. Build the model with the pretraining head.");
        }

        this.model = model;
        this.options = options ?? new();
        masking = new(this.options, roles);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Model Model => model;

    /// <inheritdoc />
    /// <remarks>The labels become a list of hidden positions and their true ids; <c>[target, 2]</c>.</remarks>
    public override Batch Prepare(Batch batch, Random random) => masking.Hide(TextBatches.Of(batch), random);

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch) => [TextBatches.Targets(batch).size(0), PairLabels(batch).size(0)];

    /// <inheritdoc />
    public override Batch Part(Batch batch, int first, int count) => VocabularyLoss.Rows(batch, first, count);

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        var targets = TextBatches.Targets(batch);
        var features = model.Backbone.Run(batch);
        var pairs = ((INextSentenceHead)model.Head!).NextSentence(features, model.Backbone);    // [batch, 2]
        return
        [
            new("masked_lm", VocabularyLoss.Sum(model, features.Hidden, targets, shape: training ? options : null)),
            new("next_sentence", ClassLosses.CrossEntropy(pairs, PairLabels(batch)).Sum),
        ];
    }

    private static Tensor PairLabels(Batch batch) => TextBatches.Of(batch).NextSentenceLabels
        ?? throw new ArgumentException("The batch has no pairs of texts: it lacks the labels of the second one.", nameof(batch));
}
