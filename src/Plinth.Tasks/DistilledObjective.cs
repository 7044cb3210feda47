using Plinth.Core;
using TorchSharp;

namespace Plinth.Tasks;

/// <summary>A task that is learnt from labels and a teacher. What is saved is the task's model alone.</summary>
public sealed class DistilledObjective : Objective
{
    private readonly ModelTask task;
    private readonly Teacher teacher;

    /// <param name="task">The task.</param>
    /// <param name="teacher">The teacher.</param>
    /// <exception cref="PlinthException">The task learns from no teacher, or the teacher's answers are about something else.</exception>
    public DistilledObjective(ModelTask task, Teacher teacher)
        : base(nameof(DistilledObjective))
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(teacher);
        (task as IDistillable ?? throw new RecipeException($"The task {task.GetName()} cannot be learnt from a teacher. Those that can: text_classification, image_classification, causal_finetuning.")).Check(teacher);
        this.task = task;
        this.teacher = teacher;
        teacher.Model.eval();
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Model Model => task.Model;

    /// <inheritdoc />
    public override Batch Prepare(Batch batch, Random random) => task.Prepare(batch, random);

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch) => [.. Enumerable.Repeat(task.CountTargets(batch)[0], 2)];

    /// <inheritdoc />
    public override int PartCount(Batch batch) => task.PartCount(batch);

    /// <inheritdoc />
    public override Batch Part(Batch batch, int first, int count) => task.Part(batch, first, count);

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch) => ((IDistillable)task).Compute(batch, teacher);
}
