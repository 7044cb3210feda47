using Plinth.Recipes.Binding;

namespace Plinth.Recipes;

/// <summary>A whole pre-training run: unlabeled text or pictures in, a checkpoint out.</summary>
public sealed record PretrainingRecipe
{
    /// <summary>Name of the run.</summary>
    public required string Name { get; init; }

    /// <summary>Folder of the run; null is <c>runs/NAME</c>.</summary>
    public string? Folder { get; init; }

    /// <summary>Everything random follows from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The model.</summary>
    public ModelRecipe Model { get; init; } = new();

    /// <summary>The tokenizer.</summary>
    public TokenizerRecipe Tokenizer { get; init; } = new();

    /// <summary>The image processor of a model that sees.</summary>
    public Vision.ImageProcessorRecipe? Processor { get; init; }

    /// <summary>The text, or the pictures.</summary>
    public required CorpusRecipe Data { get; init; }

    /// <summary>What is learnt: <c>masked_lm</c>, <c>causal_lm</c>, <c>masked_autoencoding</c>, <c>self_distillation</c> or another of the catalog with its options; null takes what suits the architecture.</summary>
    public Component? Objective { get; init; }

    /// <summary>The teacher, where the model learns from a larger one beside the text itself; for <c>causal_lm</c> and <c>masked_lm</c>.</summary>
    public DistillationRecipe? Distillation { get; init; }

    /// <summary>The width at which the rate of <see cref="Training"/> was tuned, where it is to hold at the model's own; null takes the rate as it is.</summary>
    public WidthTransferRecipe? WidthTransfer { get; init; }

    /// <summary>The training.</summary>
    public TrainingRecipe Training { get; init; } = new();

    /// <summary>Folder of the run.</summary>
    public string RunFolder() => Folder ?? Path.Combine("runs", Name);
}
