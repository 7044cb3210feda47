using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.Adapters;
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

    /// <summary>As <see cref="LowRank"/>, with a length of its own for each row of a matrix (DoRA).</summary>
    Decomposed,

    /// <summary>The head, and a factor for each component of keys, values and what feed-forward networks compute ((IA)³).</summary>
    Scaling,

    /// <summary>The head, and vectors of tokens that are put before each text (prompt tuning).</summary>
    Prompt,

    /// <summary>The head, and keys and values of tokens that are put before each text, in every block (prefix tuning).</summary>
    Prefix,
}

/// <summary>How the model is adapted.</summary>
public sealed record AdaptationRecipe
{
    /// <summary>What is trained.</summary>
    public AdaptationKind Kind { get; init; } = AdaptationKind.Full;

    /// <summary>Rank of the changes, in low_rank and decomposed.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>Numerator of the factor on the changes, alpha/rank.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Whether the factor is alpha/√rank instead, so that high ranks learn as fast as low ones (rsLoRA).</summary>
    public bool RankStabilized { get; init; }

    /// <summary>Dropout on the input of the changes.</summary>
    public double Dropout { get; init; }

    /// <summary>Tokens before each text, in prompt and prefix.</summary>
    public int VirtualTokens { get; init; } = 20;

    /// <summary>In which numbers the linear maps under the adapters are kept; fewer bits leave memory for a larger model (QLoRA).</summary>
    public MatrixForm Base { get; init; } = MatrixForm.Full;

    /// <summary>Form and sizes of the adapters; null where none are trained.</summary>
    internal AdapterOptions? Adapters() => Kind switch
    {
        AdaptationKind.LowRank => Sized(new LowRankOptions()),
        AdaptationKind.Decomposed => Sized(new DecomposedOptions()),
        AdaptationKind.Scaling => new ScalingOptions { Base = Base },
        AdaptationKind.Prompt => new PromptOptions { Count = VirtualTokens, Base = Base },
        AdaptationKind.Prefix => new PrefixOptions { Count = VirtualTokens, Base = Base },
        _ => null,
    };

    /// <summary>Refuses impossible values.</summary>
    /// <exception cref="RecipeException">A value is out of range.</exception>
    internal void Check()
    {
        if (Rank is < 1 or > 65_536 || Alpha is not (> 0 and < 1e6) || Dropout is not (>= 0 and < 1) || VirtualTokens is < 1 or > 65_536)
        {
            throw new RecipeException($"adaptation: rank = {Rank} and virtual_tokens = {VirtualTokens} must be 1 to 65536, alpha = {Alpha} above 0, dropout = {Dropout} at least 0 and below 1.");
        }

        if (Base != MatrixForm.Full && Adapters() is null)
        {
            throw new RecipeException($"adaptation.base = {RecipeShape.EnumName(Base)} keeps weights in numbers that cannot be trained, under adapters, and adaptation.kind = {RecipeShape.EnumName(Kind)} trains none. Choose {string.Join(", ", Enum.GetValues<AdaptationKind>().Where(kind => (this with { Kind = kind }).Adapters() is not null).Select(kind => RecipeShape.EnumName(kind)))}, or leave out 'base'.");
        }
    }

    private LowRankOptions Sized(LowRankOptions form) => form with { Rank = Rank, Alpha = Alpha, Dropout = Dropout, IsRankStabilized = RankStabilized, Base = Base };
}

/// <summary>A whole fine-tuning run: a checkpoint, or a model to build, and labeled samples in; an adapted checkpoint out.</summary>
public sealed record FinetuningRecipe
{
    /// <summary>Name of the run.</summary>
    public required string Name { get; init; }

    /// <summary>Folder of the run; null is <c>runs/NAME</c>.</summary>
    public string? Folder { get; init; }

    /// <summary>Everything random follows from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Folder of the pre-trained model; or else <see cref="Model"/> says what to build.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>A model to build and train from nothing, where there is no checkpoint.</summary>
    public ModelRecipe? Model { get; init; }

    /// <summary>The tokenizer of a model that is built: one that exists, or one to train on the training samples.</summary>
    public TokenizerRecipe? Tokenizer { get; init; }

    /// <summary>The image processor of a model that is built and sees pictures.</summary>
    public Vision.ImageProcessorRecipe? Processor { get; init; }

    /// <summary>Whether to start from random weights of the same architecture, for comparison.</summary>
    public bool FromScratch { get; init; }

    /// <summary>The task with its options, for example <c>type: text_classification</c>.</summary>
    public required Component Task { get; init; }

    /// <summary>What is trained.</summary>
    public AdaptationRecipe Adaptation { get; init; } = new();

    /// <summary>The teacher, where the model learns from one beside the labels.</summary>
    public DistillationRecipe? Distillation { get; init; }

    /// <summary>Whether the model is scored before it is trained too; the scores are called <c>before_NAME</c>.</summary>
    public bool ScoreBefore { get; init; }

    /// <summary>The samples.</summary>
    public required SamplesRecipe Data { get; init; }

    /// <summary>The training.</summary>
    public TrainingRecipe Training { get; init; } = new() { Epochs = 3, Schedule = Plinth.Training.Schedules.ScheduleKind.Linear, BatchSize = 32 };

    /// <summary>Folder of the run.</summary>
    public string RunFolder() => Folder ?? Path.Combine("runs", Name);

    /// <summary>Refuses what does not go together.</summary>
    /// <exception cref="RecipeException">There is both a checkpoint and a model to build, or neither, or an option belongs to the other one.</exception>
    public void Check()
    {
        Adaptation.Check();
        Distillation?.Check();
        if (Checkpoint is null == Model is null)
        {
            throw new RecipeException($"{Name}: {(Model is null ? "There is neither 'checkpoint' nor 'model'" : "'checkpoint' and 'model' exclude each other")}. Name the folder of a pre-trained model, or the model to build.");
        }

        if (Checkpoint is not null && Tokenizer is not null)
        {
            throw new RecipeException($"{Name}: 'tokenizer' goes with 'model'; a checkpoint brings its own.");
        }

        if (Checkpoint is not null && Processor is not null)
        {
            throw new RecipeException($"{Name}: 'processor' goes with 'model'; a checkpoint brings its own.");
        }

        if (Model is not null && (FromScratch || Adaptation.Kind != AdaptationKind.Full))
        {
            throw new RecipeException($"{Name}: A model that is built has random weights, so all are trained: leave out 'from_scratch' and 'adaptation', or name a 'checkpoint'.");
        }
    }
}
