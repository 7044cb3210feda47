using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Models;
using Plinth.Recipes.Watching;
using Plinth.Training;

namespace Plinth.Recipes;

/// <summary>Documents to pre-train on.</summary>
/// <param name="text">To learn from, and held out.</param>
/// <param name="tokenizer">Makes ids of them.</param>
internal sealed class TextPretrainingData(CorpusSplit text, Tokenizer tokenizer) : PretrainingData
{
    /// <inheritdoc />
    public override Tokenizer Tokenizer => tokenizer;

    /// <summary>Reads the documents of a recipe, and loads or trains its tokenizer.</summary>
    public static TextPretrainingData Read(PretrainingRecipe recipe, Func<RunFiles> files, CancellationToken cancellation)
    {
        if (recipe.Data.Images is not null)
        {
            throw new RecipeException($"{recipe.Name}: 'data.images' is for models that see, and '{recipe.Model.Family}' reads. Leave it out, or choose another family.");
        }

        var text = CorpusSplit.Read(recipe.Data);
        return new(text, TokenizerSource.Get(recipe.Tokenizer, ModelCatalog.Families[recipe.Model.Family], text.Training, files().Tokenizer, null, cancellation));
    }

    /// <inheritdoc />
    public override int LengthOf(ModelRecipe recipe, Model model) => recipe.MaximumLength;

    /// <inheritdoc />
    public override PretrainingBatches Batches(PretrainingNeeds needs, int batchSize, int evaluationBatch, CancellationToken cancellation)
    {
        var maker = new BatchMaker(needs.Objective, needs.Recipe.Data.Form, tokenizer, needs.Length, needs.Component);
        return new(
            new(maker.Make(text.Training, batchSize, needs.Recipe.Seed, cancellation)),
            text.Validation.Count == 0 ? null : new(maker.Make(text.Validation, evaluationBatch, needs.Recipe.Seed, cancellation)));
    }

    /// <inheritdoc />
    public override IEvaluator WithSamples(IEvaluator evaluator, Model model) => new WrittenSamples(evaluator, model, tokenizer, text.Validation);

    /// <inheritdoc />
    public override IProcessor Processor => tokenizer;
}
