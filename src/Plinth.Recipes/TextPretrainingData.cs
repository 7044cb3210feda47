using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Models;
using Plinth.Recipes.Watching;
using Plinth.Training;

namespace Plinth.Recipes;

/// <summary>Documents to pre-train on.</summary>
/// <param name="text">To learn from, and held out.</param>
/// <param name="tokenizer">Makes ids of them.</param>
/// <param name="files">Where encoded text is kept.</param>
/// <param name="logger">Told when encoded text is made anew, or null.</param>
/// <param name="progress">Told now and then how far encoding is, or null.</param>
internal sealed partial class TextPretrainingData(CorpusSplit text, Tokenizer tokenizer, RunFiles files, ILogger? logger, IProgress<EncodeProgress>? progress) : PretrainingData
{
    /// <inheritdoc />
    public override Tokenizer Tokenizer => tokenizer;

    /// <summary>Opens the documents of a recipe, and loads or trains its tokenizer.</summary>
    public static TextPretrainingData Read(PretrainingRecipe recipe, Func<RunFiles> open, ILogger? logger, IProgress<EncodeProgress>? progress, CancellationToken cancellation)
    {
        if (recipe.Data.Images is not null)
        {
            throw new RecipeException($"{recipe.Name}: 'data.images' is for models that see, and '{recipe.Model.Family}' reads. Leave it out, or choose another family.");
        }

        var text = CorpusSplit.Read(recipe.Data);
        var files = open();
        return new(text, TokenizerSource.Get(recipe.Tokenizer, ModelCatalog.Families[recipe.Model.Family], text.Training, files.Tokenizer, null, cancellation), files, logger, progress);
    }

    /// <inheritdoc />
    public override int LengthOf(ModelRecipe recipe, Model model) => recipe.MaximumLength;

    /// <inheritdoc />
    public override PretrainingBatches Batches(PretrainingNeeds needs, int batchSize, int evaluationBatch, CancellationToken cancellation)
    {
        var encoded = Encode(needs, cancellation);
        try
        {
            return new(
                new(encoded.Batches(encoded.Training, batchSize)!, encoded.Corpus),
                encoded.Batches(encoded.Validation, evaluationBatch) is { } heldOut ? new(heldOut) : null);
        }
        catch
        {
            encoded.Corpus.Dispose();
            throw;
        }
    }

    /// <summary>Encodes both parts of the text, or finds them encoded.</summary>
    /// <exception cref="RecipeException">The form of sequences does not go with the objective; it is said before hours of encoding.</exception>
    public EncodedParts Encode(PretrainingNeeds needs, CancellationToken cancellation)
    {
        var maker = new BatchMaker(needs.Objective, needs.Recipe.Data.Form, tokenizer, needs.Length, needs.Component);
        maker.Chosen();
        var corpus = new EncodedCorpus(text, needs.Recipe.Data, tokenizer, files, Hashes, logger is null ? null : remark => MadeAnew(logger, remark));
        try
        {
            return new(
                corpus, maker, needs.Recipe.Seed,
                corpus.Stores(CorpusPart.Training, maker.Encoding, progress, cancellation), corpus.Stores(CorpusPart.Validation, maker.Encoding, progress, cancellation));
        }
        catch
        {
            corpus.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public override IEvaluator WithSamples(IEvaluator evaluator, Model model) => new WrittenSamples(evaluator, model, tokenizer, text.Validation);

    /// <inheritdoc />
    public override IProcessor Processor => tokenizer;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem}")]
    private static partial void MadeAnew(ILogger logger, string problem);
}
