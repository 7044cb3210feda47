using Plinth.Data.Text;
using Plinth.Recipes.Binding;

namespace Plinth.Recipes;

/// <summary>What of the model is trained.</summary>
public enum AdaptationKind
{
    /// <summary>All weights.</summary>
    Full,

    /// <summary>The head alone; the backbone stays as it is.</summary>
    HeadOnly,

    /// <summary>The head, and small changes of low rank in the backbone (LoRA).</summary>
    LowRank,
}

/// <summary>How the model is adapted.</summary>
public sealed record AdaptationRecipe
{
    /// <summary>What is trained.</summary>
    public AdaptationKind Kind { get; init; } = AdaptationKind.Full;

    /// <summary>Rank of the changes.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>Numerator of the factor on the changes.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Dropout on the input of the changes.</summary>
    public double Dropout { get; init; }
}

/// <summary>Labeled samples in files.</summary>
public sealed record SamplesRecipe
{
    /// <summary>File to train on (JSONL or CSV).</summary>
    public required string Train { get; init; }

    /// <summary>File to choose the best checkpoint by; null keeps a share of the training file.</summary>
    public string? Validation { get; init; }

    /// <summary>File for the final score; null scores the validation samples.</summary>
    public string? Test { get; init; }

    /// <summary>Share of the training file kept for validation when there is no file for it.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Which column or field holds which part of a sample.</summary>
    public SampleColumns Columns { get; init; } = new() { Label = "label" };
}

/// <summary>A whole fine-tuning run: a checkpoint and labeled samples in, an adapted checkpoint out.</summary>
public sealed record FinetuningRecipe
{
    /// <summary>Name of the run.</summary>
    public required string Name { get; init; }

    /// <summary>Folder of the run; null is <c>runs/NAME</c>.</summary>
    public string? Folder { get; init; }

    /// <summary>Everything random follows from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Folder of the pre-trained model.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>Whether to start from random weights of the same architecture, for comparison.</summary>
    public bool FromScratch { get; init; }

    /// <summary>The task with its options, for example <c>type: text_classification</c>.</summary>
    public required Component Task { get; init; }

    /// <summary>What is trained.</summary>
    public AdaptationRecipe Adaptation { get; init; } = new();

    /// <summary>The samples.</summary>
    public required SamplesRecipe Data { get; init; }

    /// <summary>The training.</summary>
    public TrainingRecipe Training { get; init; } = new() { Epochs = 3, Schedule = Plinth.Training.Schedules.ScheduleKind.Linear, BatchSize = 32 };

    /// <summary>Folder of the run.</summary>
    public string RunFolder() => Folder ?? Path.Combine("runs", Name);
}
