using Plinth.Core;
using Plinth.Layers.Distillation;
using Plinth.Layers.Losses;
using static TorchSharp.torch;

namespace Plinth.Objectives;

/// <summary>An objective with one loss: logits of the vocabulary at a list of positions, which <see cref="Objective.Prepare"/> makes; <c>[target, 2]</c>.</summary>
public abstract class VocabularyObjective : Objective, IDistillable
{
    private readonly Model model;
    private readonly string term;
    private readonly long? peakLogits;
    private readonly ILossShape? shape;

    /// <param name="name">Name of the module, for printing.</param>
    /// <param name="term">Short name of the loss.</param>
    /// <param name="model">A model with a vocabulary head.</param>
    /// <param name="peakLogits">Logits that may exist at one time, beyond which the loss is computed in pieces; null for what is fast and small.</param>
    /// <param name="shape">What is added to the loss while the model learns, or null for nothing.</param>
    /// <exception cref="PlinthException">The model has another head.</exception>
    protected VocabularyObjective(string name, string term, Model model, long? peakLogits, ILossShape? shape = null)
        : base(name)
    {
        VocabularyLoss.HeadOf(model);
        shape?.Validate();
        this.shape = shape;
        this.model = model;
        this.term = term;
        this.peakLogits = peakLogits;
        // By name: a module looks for components among the fields of its own class, not of its base.
        register_module("model", model);
    }

    /// <inheritdoc />
    public sealed override Model Model => model;

    /// <inheritdoc />
    public sealed override IReadOnlyList<long> CountTargets(Batch batch) => [TextBatches.Targets(batch).size(0)];

    /// <inheritdoc />
    public sealed override Batch Part(Batch batch, int first, int count) => VocabularyLoss.Rows(batch, first, count);

    /// <inheritdoc />
    public sealed override IReadOnlyList<LossTerm> Compute(Batch batch) => [Labels(batch, model.Backbone.Run(batch).Hidden)];

    /// <inheritdoc />
    public void Check(Teacher teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        teacher.CheckVocabulary(model);
    }

    /// <inheritdoc />
    public IReadOnlyList<LossTerm> Compute(Batch batch, Teacher teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        var hidden = model.Backbone.Run(batch).Hidden;
        return teacher.JoinTokens(Labels(batch, hidden), model, hidden, batch, peakLogits);
    }

    private LossTerm Labels(Batch batch, Tensor hidden) =>
        VocabularyLoss.Term(term, batch, model, hidden, TextBatches.Targets(batch), peakLogits, training ? shape : null);
}
