using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Models;
using Plinth.Recipes.Binding;
using Plinth.Training;
using Plinth.Training.Optimizers;

namespace Plinth.Recipes;

/// <summary>The smaller model at which the learning rate was tuned (<see cref="WidthTransfer"/>): the recipe's own but for its width.</summary>
public sealed record WidthTransferRecipe
{
    /// <summary>Its width; that of the model itself changes nothing.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Its attention heads; null takes the dial's, as the model does.</summary>
    public int? HeadCount { get; init; }

    /// <summary>Fields of its config.json, in place of those of the same name in the model's section, for example the inner width.</summary>
    public IReadOnlyDictionary<string, ConfigValue> Config { get; init; } = new Dictionary<string, ConfigValue>();

    /// <summary>Finds the factors of a fresh model and changes its weights by them.</summary>
    /// <exception cref="RecipeException">The recipe does not go with it.</exception>
    internal WidthTransfer Begin(PretrainingRecipe recipe, Model model, Tokenizer? tokenizer)
    {
        if (HiddenSize <= 0)
        {
            throw new RecipeException($"width_transfer.hidden_size = {HiddenSize} must be above 0.");
        }

        if (recipe.Model.HeadCount is null != HeadCount is null)
        {
            throw new RecipeException(HeadCount is null
                ? "The model names its heads, so the one that was tuned must too: write width_transfer.head_count."
                : "width_transfer.head_count is written and model.head_count is not. Write both, or neither.");
        }

        if (recipe.Training.LearningRate is null && recipe.Training.Optimizer?.Keys.Contains("learning_rate") != true)
        {
            throw new RecipeException("width_transfer carries a learning rate over that was tuned at the base width, and the recipe names none. Write training.learning_rate.");
        }

        var fields = recipe.Model.Config.Where(field => !Config.ContainsKey(field.Key)).Concat(Config);
        var tuned = recipe.Model with { HiddenSize = HiddenSize, HeadCount = HeadCount, Config = new Dictionary<string, ConfigValue>(fields) };
        var transfer = new WidthTransfer(model, Pretraining.Config(model.Family, tuned, tokenizer));
        transfer.Draw();
        return transfer;
    }

    /// <summary>Gives the weights of an objective their rates.</summary>
    /// <exception cref="RecipeException">For the optimizer, or for a weight, there is no rule.</exception>
    internal static TrainerOptions Apply(TrainerOptions options, WidthTransfer transfer, Objective objective)
    {
        // By the type itself: muon's settings are Adam's and more.
        var isAdam = options.Optimizer.GetType() == typeof(AdamOptions);
        if (isAdam && options.Optimizer.WeightDecay > 0)
        {
            throw new RecipeException("width_transfer: the optimizer adam adds decay to gradients, which shrink as the width grows, so that its strength cannot carry over. Take adamw, or training.weight_decay: 0.");
        }

        if (!isAdam && options.Optimizer is not (AdamWOptions or LionOptions))
        {
            throw new RecipeException("width_transfer has rules for optimizers whose steps do not depend on the size of the gradient: adamw, adam and lion. Choose one of them, or leave width_transfer out and tune the rate at this width.");
        }

        return options with { RateFactors = transfer.RatesIn(objective) };
    }
}
