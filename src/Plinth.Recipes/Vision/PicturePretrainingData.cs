using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Vision;
using Plinth.Models;
using Plinth.Objectives;
using Plinth.Recipes.Reports;
using Plinth.Tasks.Vision;

namespace Plinth.Recipes.Vision;

/// <summary>Pictures to pre-train on, with their captions where the model reads too.</summary>
internal sealed class PicturePretrainingData : PretrainingData
{
    private readonly SampleSplit<ImageSample> pictures;
    private readonly ImageProcessor processor;
    private readonly Tokenizer? tokenizer;
    private readonly ILogger? logger;

    private PicturePretrainingData(SampleSplit<ImageSample> pictures, ImageProcessor processor, Tokenizer? tokenizer, ILogger? logger) =>
        (this.pictures, this.processor, this.tokenizer, this.logger) = (pictures, processor, tokenizer, logger);

    /// <inheritdoc />
    public override Tokenizer? Tokenizer => tokenizer;

    /// <summary>Finds the pictures of a recipe, makes its processor, and loads or trains a tokenizer on the captions where the model reads.</summary>
    /// <exception cref="PlinthException">Nothing is there, a file is malformed, or captions are missing.</exception>
    public static PicturePretrainingData Read(PretrainingRecipe recipe, Func<RunFiles> files, ILogger? logger, CancellationToken cancellation)
    {
        var family = ModelCatalog.Families[recipe.Model.Family];
        var pictures = Split(recipe);
        var processor = ImageProcessors.Get(recipe.Processor ?? new(), recipe.Model, recipe.Data.Images?.Background);
        if (!family.Modality.HasFlag(Modality.Text))
        {
            return new(pictures, processor, null, logger);
        }

        if (pictures.Training.Concat(pictures.Validation).FirstOrDefault(sample => sample.Captions.Count == 0) is { } silent)
        {
            throw new BadInputException($"{recipe.Data.Path}: {silent.Image.Name} has no caption. Say with data.images.columns.captions where they are.");
        }

        var captions = pictures.Training.SelectMany(sample => sample.Captions);
        return new(pictures, processor, TokenizerSource.Get(recipe.Tokenizer, family, captions, files().Tokenizer, null, cancellation), logger);
    }

    /// <inheritdoc />
    public override int LengthOf(ModelRecipe recipe, Model model) => model.Backbone.MaximumLength;

    /// <inheritdoc />
    public override PretrainingBatches Batches(PretrainingNeeds needs, int batchSize, int evaluationBatch, CancellationToken cancellation)
    {
        var images = needs.Recipe.Data.Images ?? new();
        var options = new ImageLoaderOptions { BatchSize = batchSize, Seed = (ulong)needs.Recipe.Seed, ViewCount = needs.Objective.ViewCount(needs.Options) };
        var collate = tokenizer is null ? new Func<LoadedImages, Batch>(loaded => Images(loaded, needs)) : new CaptionBatches(tokenizer, needs.Length).Make;
        // Nothing is changed and nothing made ahead: evaluations compare, and come seldom.
        var plain = images with { Augmentations = [], Prefetch = 0 };
        return new(
            new(pictures.Training, processor, collate, images, options, logger),
            pictures.Validation.Count == 0 ? null : new(pictures.Validation, processor, collate, plain, options with { BatchSize = evaluationBatch, IsShuffled = false }, null));
    }

    /// <inheritdoc />
    public override IProcessor Processor => tokenizer is null ? processor : new PictureTextProcessor(tokenizer, processor);

    /// <inheritdoc />
    public override ModelTask? TaskOf(Model model, ObjectiveEntry objective)
    {
        ArgumentNullException.ThrowIfNull(objective);
        return objective.Head == HeadKind.Contrastive && tokenizer is not null ? new ImageTextRetrieval(model, new(tokenizer, processor)) : null;
    }

    /// <inheritdoc />
    public override IReadOnlyList<Sample> HeldOut(int most) => [.. pictures.Validation.Take(most)];

    /// <inheritdoc />
    public override IReadOnlyList<ReportSection> Sections(PretrainingRecipe recipe, Objective objective)
    {
        var shown = pictures.Validation.Count > 0 ? pictures.Validation : pictures.Training;
        return (objective.Model.Head, Processor) switch
        {
            (IPixelHead head, _) => [DrawnPatches.Section(objective, head, shown, processor, recipe.Seed)],
            (IPairHead, PictureTextProcessor both) => [NearestCaptions.Section(objective.Model, both, shown)],
            _ => [],
        };
    }

    private static ImageBatch Images(LoadedImages loaded, PretrainingNeeds needs) => loaded.Pixels.ToBatch(needs.Length);

    private static SampleSplit<ImageSample> Split(PretrainingRecipe recipe)
    {
        var (data, images) = (recipe.Data, recipe.Data.Images ?? new());
        data.Check();
        var path = data.Path ?? throw new RecipeException($"{recipe.Name}: 'data.sources' mixes texts, and '{recipe.Model.Family}' sees. Name its pictures with data.path.");
        // Classes are not learnt, so the usual column of them may be missing.
        var columns = images.ColumnsOr(new());
        // Boxes are not learnt either, and would forbid changes that move things.
        IReadOnlyList<ImageSample> From(string set) => [.. PictureFiles.Read(set, images with { Columns = columns }).Samples.Select(sample => sample with { Boxes = null })];
        var shares = new SamplesRecipe { Train = path, Validation = data.Validation, ValidationShare = data.ValidationShare };
        var split = SampleSplit<ImageSample>.Make(From(path), shares, null, recipe.Seed);
        return data.Validation is { } heldOut ? split with { Validation = From(heldOut) } : split;
    }
}
