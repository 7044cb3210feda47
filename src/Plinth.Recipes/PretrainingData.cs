using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Objectives;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Records;
using Plinth.Recipes.Reports;
using Plinth.Training;

namespace Plinth.Recipes;

/// <summary>What batches of a pre-training run are made for.</summary>
/// <param name="Recipe">The run.</param>
/// <param name="Objective">What is learnt.</param>
/// <param name="Component">Its options in the recipe.</param>
/// <param name="Options">Its options, bound; or null.</param>
/// <param name="Length">Longest sequence.</param>
internal sealed record PretrainingNeeds(PretrainingRecipe Recipe, ObjectiveEntry Objective, Component Component, object? Options, int Length);

/// <summary>Batches to learn from, and to evaluate on.</summary>
/// <param name="Training">Those to learn from.</param>
/// <param name="Validation">Those held out, or null for none.</param>
internal sealed record PretrainingBatches(TrainingBatches Training, TrainingBatches? Validation) : IDisposable
{
    /// <inheritdoc />
    public void Dispose()
    {
        Training.Dispose();
        Validation?.Dispose();
    }
}

/// <summary>The part of a pre-training run that depends on what its samples are made of.</summary>
internal abstract class PretrainingData
{
    /// <summary>What was read of the files that the recipe names.</summary>
    public PathHashes Hashes { get; } = new();

    /// <summary>Makes ids of texts, or null where there are none.</summary>
    public virtual Tokenizer? Tokenizer => null;

    /// <summary>What the objective knows of the vocabulary.</summary>
    public TokenRoles Roles => Tokenizer is { } tokenizer ? new(tokenizer.VocabularySize, tokenizer.MaskId, tokenizer.SpecialIds) : new(0, null, new HashSet<int>());

    /// <summary>Elements of one sequence, from which the size of a batch follows.</summary>
    public abstract int LengthOf(ModelRecipe recipe, Model model);

    /// <summary>Makes the batches.</summary>
    public abstract PretrainingBatches Batches(PretrainingNeeds needs, int batchSize, int evaluationBatch, CancellationToken cancellation);

    /// <summary>A task that the model can do as it is, to be scored beside the loss; null for none. It is the caller's.</summary>
    /// <param name="model">The model.</param>
    /// <param name="objective">What it learns.</param>
    public virtual ModelTask? TaskOf(Model model, ObjectiveEntry objective) => null;

    /// <summary>Samples for that task: the first of those held out.</summary>
    /// <param name="most">How many at most.</param>
    public virtual IReadOnlyList<Sample> HeldOut(int most) => [];

    /// <summary>Adds to an evaluation what the model makes of a few samples, for people; the default adds nothing.</summary>
    /// <param name="evaluator">Gives the scores.</param>
    /// <param name="model">The model.</param>
    public virtual IEvaluator WithSamples(IEvaluator evaluator, Model model) => evaluator;

    /// <summary>What there is to see once the model was trained; nothing for texts.</summary>
    /// <param name="recipe">The run.</param>
    /// <param name="objective">What was learnt, with the model.</param>
    public virtual IReadOnlyList<ReportSection> Sections(PretrainingRecipe recipe, Objective objective) => [];

    /// <summary>What makes the model's input, to be saved beside its weights.</summary>
    public abstract IProcessor Processor { get; }
}
