using Plinth.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Tasks;

/// <summary>
/// Several tasks learnt at once by one backbone with a head for each (Caruana 1997, "Multitask Learning"). A batch is of one of them, which
/// <see cref="Batch.TaskNumber"/> names; there is a loss term for each.
/// </summary>
public sealed class JointTasks : Objective
{
    private readonly ModuleList<ModelTask> tasks;
    private readonly string[] names;
    private ModelTask? computed;

    /// <param name="tasks">The tasks, by the names of their loss terms.</param>
    /// <exception cref="PlinthException">There is none, or their models do not share a backbone.</exception>
    public JointTasks(IReadOnlyList<KeyValuePair<string, ModelTask>> tasks)
        : base(nameof(JointTasks))
    {
        ArgumentNullException.ThrowIfNull(tasks);
        if (tasks.Count == 0 || tasks.Any(task => !ReferenceEquals(task.Value.Model.Backbone, tasks[0].Value.Model.Backbone)))
        {
            throw new PlinthException("Tasks that are learnt together stand on one backbone in memory.");
        }

        names = [.. tasks.Select(task => task.Key)];
        this.tasks = new([.. tasks.Select(task => task.Value)]);
        RegisterComponents();
    }

    /// <summary>The model of the first task.</summary>
    public override Model Model => tasks[0].Model;

    /// <inheritdoc />
    public override Batch Prepare(Batch batch, Random random) => TaskOf(batch).Prepare(batch, random);

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch)
    {
        var counts = new long[tasks.Count];
        counts[Number(batch)] = TaskOf(batch).CountTargets(batch)[0];
        return counts;
    }

    /// <inheritdoc />
    public override int PartCount(Batch batch) => TaskOf(batch).PartCount(batch);

    /// <inheritdoc />
    public override Batch Part(Batch batch, int first, int count) => TaskOf(batch).Part(batch, first, count);

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        computed = TaskOf(batch);
        var own = computed.Compute(batch) is [var only] ? only
            : throw new RecipeException($"The task '{names[Number(batch)]}' has a loss of several parts, which cannot be learnt together with others yet. Learn it by itself.");
        return [.. names.Select((name, i) => i == Number(batch) ? own with { Name = name } : new(name, zeros([], ScalarType.Float32, own.Sum.device)))];
    }

    /// <inheritdoc />
    public override void Backward(Tensor loss) => (computed ?? throw new InvalidOperationException("Nothing was computed yet.")).Backward(loss);

    /// <inheritdoc />
    public override void Stepped(long step, long stepCount)
    {
        foreach (var task in tasks)
        {
            task.Stepped(step, stepCount);
        }
    }

    /// <inheritdoc />
    public override void Abandoned()
    {
        foreach (var task in tasks)
        {
            task.Abandoned();
        }
    }

    private ModelTask TaskOf(Batch batch) => tasks[Number(batch)];

    private static int Number(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.TaskNumber;
    }
}
