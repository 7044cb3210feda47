using Plinth.Core;
using TorchSharp;

namespace Plinth.Layers.Distillation;

/// <summary>
/// An objective that is learnt from labels and a teacher. What is saved is the objective's model alone, and what is evaluated is the objective alone, so that its loss
/// compares with that of a model without a teacher.
/// </summary>
public sealed class DistilledObjective : Objective
{
    private readonly Objective learnt;
    private readonly Teacher teacher;

    /// <param name="learnt">What is learnt.</param>
    /// <param name="teacher">The teacher.</param>
    /// <exception cref="PlinthException">The objective learns from no teacher, or the teacher's answers are about something else.</exception>
    public DistilledObjective(Objective learnt, Teacher teacher)
        : base(nameof(DistilledObjective))
    {
        ArgumentNullException.ThrowIfNull(learnt);
        ArgumentNullException.ThrowIfNull(teacher);
        (learnt as IDistillable ?? throw new RecipeException($"{learnt.GetName()} cannot be learnt from a teacher. What can: text_classification, image_classification, causal_finetuning, causal_lm, masked_lm.")).Check(teacher);
        this.learnt = learnt;
        this.teacher = teacher;
        teacher.Model.eval();
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Model Model => learnt.Model;

    /// <inheritdoc />
    public override Batch Prepare(Batch batch, Random random) => learnt.Prepare(batch, random);

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch)
    {
        var counts = learnt.CountTargets(batch);
        return training ? [counts[0], counts[0]] : counts;
    }

    /// <inheritdoc />
    public override int PartCount(Batch batch) => learnt.PartCount(batch);

    /// <inheritdoc />
    public override Batch Part(Batch batch, int first, int count) => learnt.Part(batch, first, count);

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch) => training ? ((IDistillable)learnt).Compute(batch, teacher) : learnt.Compute(batch);
}
