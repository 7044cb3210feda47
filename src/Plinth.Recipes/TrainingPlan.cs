using Plinth.Core;
using Plinth.Training;
using Plinth.Training.Optimizers;
using Plinth.Training.Schedules;

namespace Plinth.Recipes;

/// <summary>Turns what a recipe says of training, and what the size dial adds, into the trainer's options.</summary>
internal static class TrainingPlan
{
    private const int EvaluationsPerRun = 10, ReportsPerRun = 200;
    private const double WarmupShare = 0.1;

    public static TrainerOptions Options(TrainingRecipe recipe, string name, int seed, long batchesPerEpoch, double defaultRate, Modality modality)
    {
        if (recipe.Steps is null && recipe.Epochs is not (> 0 and < 1e6))
        {
            throw new RecipeException($"training.epochs = {recipe.Epochs} must be above 0.");
        }

        var steps = recipe.Steps ?? Math.Max(1, (long)Math.Ceiling(recipe.Epochs * batchesPerEpoch / recipe.Accumulation));
        return new()
        {
            Name = name,
            SampleName = modality.HasFlag(Modality.Image) ? "images" : null,
            Steps = steps,
            AccumulationCount = recipe.Accumulation,
            Seed = seed,
            Precision = recipe.Precision,
            Device = recipe.Device,
            MaximumGradientNorm = recipe.MaximumGradientNorm,
            LayerDecay = recipe.LayerDecay,
            UnfreezeEvery = recipe.UnfreezeEvery,
            AverageDecay = recipe.AverageDecay,
            Optimizer = OptimizerOf(recipe, defaultRate),
            Schedule = new()
            {
                Kind = recipe.Schedule,
                WarmupSteps = recipe.Schedule == ScheduleKind.Constant ? 0 : recipe.WarmupSteps ?? (long)(steps * WarmupShare),
                MinimumRatio = recipe.Schedule is ScheduleKind.Cosine or ScheduleKind.Linear or ScheduleKind.Polynomial ? recipe.MinimumRate : 0,
            },
            EvaluateEvery = recipe.EvaluateEvery ?? Math.Max(1, steps / EvaluationsPerRun),
            SnapshotEvery = recipe.SnapshotEvery,
            ReportEvery = Math.Max(1, steps / ReportsPerRun),
        };
    }

    /// <summary>The optimizer that a recipe names, or AdamW.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="defaultRate">Learning rate where none is said.</param>
    /// <exception cref="RecipeException">It is not known, or a setting of it is not.</exception>
    internal static OptimizerOptions OptimizerOf(TrainingRecipe recipe, double defaultRate)
    {
        if (recipe.Optimizer is not { } named)
        {
            return new AdamWOptions { LearningRate = recipe.LearningRate ?? defaultRate, WeightDecay = recipe.WeightDecay, Beta1 = recipe.Beta1, Beta2 = recipe.Beta2 };
        }

        var entry = OptimizerCatalog.All.Contains(named.Type) ? OptimizerCatalog.All[named.Type]
            : throw named.Error($"The optimizer '{named.Type}' is not known. Known: {string.Join(", ", OptimizerCatalog.All.Names)}.");
        var own = named.Keys;
        var options = (OptimizerOptions)named.Bind(entry.Defaults.GetType());
        var (plain, isAdam) = (new TrainingRecipe(), options is AdamOptions);
        if (!isAdam && (recipe.Beta1 != plain.Beta1 || recipe.Beta2 != plain.Beta2))
        {
            throw named.Error($"training.beta1 and training.beta2 are Adam's, and the optimizer is {named.Type}. Leave them out, or write its own settings under training.optimizer.");
        }

        options = options with
        {
            // The rate of the size dial is one for steps as large as Adam's.
            LearningRate = own.Contains("learning_rate") ? options.LearningRate : recipe.LearningRate ?? (isAdam ? defaultRate : entry.Defaults.LearningRate),
            WeightDecay = own.Contains("weight_decay") ? options.WeightDecay : recipe.WeightDecay,
        };
        return options is AdamOptions adam
            ? adam with { Beta1 = own.Contains("beta1") ? adam.Beta1 : recipe.Beta1, Beta2 = own.Contains("beta2") ? adam.Beta2 : recipe.Beta2 }
            : options;
    }
}
