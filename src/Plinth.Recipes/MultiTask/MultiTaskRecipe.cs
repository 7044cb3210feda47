using System.Text.RegularExpressions;
using Plinth.Core;
using Plinth.Recipes.Binding;

namespace Plinth.Recipes.MultiTask;

/// <summary>One of several tasks that are learnt together.</summary>
public sealed record TaskPartRecipe
{
    /// <summary>Its name in scores and folders: letters, digits, hyphens and underscores.</summary>
    public required string Name { get; init; }

    /// <summary>The task with its options, for example <c>type: text_classification</c>.</summary>
    public required Component Task { get; init; }

    /// <summary>Its samples.</summary>
    public required SamplesRecipe Data { get; init; }

    /// <summary>How many of the batches are of this task, beside the weights of the others; a very small one may leave a task without a batch in a short run.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>A fine-tuning run of one backbone for several tasks: a checkpoint and labelled samples for each in, a checkpoint for each out.</summary>
public sealed partial record MultiTaskRecipe
{
    private const int MostTasks = 64;

    /// <summary>Name of the run.</summary>
    public required string Name { get; init; }

    /// <summary>Folder of the run; null is <c>runs/NAME</c>.</summary>
    public string? Folder { get; init; }

    /// <summary>Everything random follows from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Folder of the pre-trained model.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>The tasks.</summary>
    public required IReadOnlyList<TaskPartRecipe> Tasks { get; init; }

    /// <summary>What is trained of the backbone that all tasks share; each task's head is trained with it.</summary>
    public AdaptationRecipe Adaptation { get; init; } = new();

    /// <summary>The training; an epoch is as many batches as one pass over the samples of all tasks.</summary>
    public TrainingRecipe Training { get; init; } = new() { Epochs = 3, Schedule = Plinth.Training.Schedules.ScheduleKind.Linear, BatchSize = 32 };

    /// <summary>Folder of the run.</summary>
    public string RunFolder() => Folder ?? Path.Combine("runs", Name);

    /// <summary>Refuses what does not go together.</summary>
    /// <exception cref="RecipeException">There are no tasks or too many, a name or a weight cannot be used, or the adaptation is impossible.</exception>
    public void Check()
    {
        Adaptation.Check();
        if (Tasks.Count is 0 or > MostTasks || Tasks.Select(task => task.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count() != Tasks.Count)
        {
            throw new RecipeException($"{Name}: there are {Tasks.Count} tasks; between 1 and {MostTasks} are learnt together, each with a name of its own.");
        }

        foreach (var task in Tasks)
        {
            if (!FolderName().IsMatch(task.Name))
            {
                throw new RecipeException($"{Name}: the task's name '{task.Name}' becomes a folder; it has letters, digits, hyphens and underscores alone.");
            }

            if (task.Weight is not (> 0 and < 1e6))
            {
                throw new RecipeException($"{Name}: the weight {task.Weight} of the task '{task.Name}' must be above 0.");
            }
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FolderName();
}
