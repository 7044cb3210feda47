using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Vision;
using Plinth.Inference.Vision;
using Plinth.Layers.Adapters;
using Plinth.Models;
using Plinth.Tasks.Vision;

namespace Plinth.Recipes.Pipelines;

/// <summary>Pipelines that see, beyond plain classification.</summary>
internal static class PicturePipelines
{
    public static TaskPipeline Vectors(string folder, ImageVectorOptions options, int batchSize)
    {
        var (loaded, pipeline) = Embedding(folder, options.Pooling, batchSize);
        return new(AnswerFields.Vector, batchSize, (IReadOnlyList<ImageSample> samples, CancellationToken cancellation) =>
            [.. pipeline.Embed(Pictures(samples), cancellation).Select(vector => new VectorAnswer(vector))], loaded);
    }

    public static TaskPipeline Verification(string folder, ImageVerificationOptions options, int batchSize)
    {
        if (options.Threshold is not (null or (>= -1 and <= 1)))
        {
            throw new RecipeException($"threshold = {options.Threshold} is no cosine; it must be between -1 and 1.");
        }

        var (loaded, pipeline) = Embedding(folder, options.Pooling, batchSize);
        return new(AnswerFields.Similarity, batchSize, (IReadOnlyList<ImageSample> samples, CancellationToken cancellation) =>
        {
            var others = samples.Select(sample => sample.Pair ?? throw new BadInputException("There is nothing to compare the picture with. Name a second one with --pair, or in a table its column.")).ToList();
            // Often all are compared with one and the same.
            var distinct = samples.Select(sample => sample.Image).Concat(others).Distinct<ImageSource>(ReferenceEqualityComparer.Instance).ToList();
            var vectors = distinct.Zip(pipeline.Embed(distinct, cancellation)).ToDictionary(pair => pair.First, pair => pair.Second, (IEqualityComparer<ImageSource>)ReferenceEqualityComparer.Instance);
            return
            [
                .. samples.Zip(others, (sample, other) => VectorPipelines.Dot(vectors[sample.Image], vectors[other])).Select(similarity => new SimilarityAnswer(similarity, options.Threshold is { } least ? similarity >= least : null)),
            ];
        }, loaded);
    }

    public static TaskPipeline ZeroShot(string folder, ZeroShotImageOptions options, int batchSize)
    {
        var (loaded, pipeline) = Pair(folder, batchSize);
        var known = new KnownVectors(labels => pipeline.EmbedLabels(labels, options.Templates));
        return new(pipeline.IsExclusive ? AnswerFields.Labels : AnswerFields.SeveralLabels, batchSize, (IReadOnlyList<ImageSample> samples, CancellationToken cancellation) =>
        {
            var images = pipeline.EmbedImages(Pictures(samples), cancellation);
            return [.. samples.Select((sample, i) =>
            {
                var labels = sample.Choices ?? options.Labels;
                var scores = pipeline.Judge([images[i]], known.Of(labels))[0];
                return new LabelScores([.. labels.Zip(scores, (label, score) => new LabelScore(label, score)).OrderByDescending(label => label.Score)], pipeline.IsExclusive);
            })];
        }, loaded);
    }

    public static TaskPipeline TextsOfPicture(string folder, TextRetrievalOptions options, int batchSize)
    {
        var (loaded, pipeline) = Pair(folder, batchSize);
        var known = new KnownVectors(texts => texts.Count > 0 ? pipeline.EmbedTexts(texts) : throw new BadInputException("There is nothing to compare the picture with. Give texts with --choice."));
        return new(AnswerFields.Texts, batchSize, (IReadOnlyList<ImageSample> samples, CancellationToken cancellation) =>
        {
            var images = pipeline.EmbedImages(Pictures(samples), cancellation);
            return [.. samples.Select((sample, i) => Ranked(images[i], sample.Choices ?? options.Texts, known.Of(sample.Choices ?? options.Texts)))];
        }, loaded);
    }

    public static TaskPipeline PicturesOfText(string folder, ImageRetrievalOptions options, int batchSize)
    {
        if (options.Pictures.Length == 0)
        {
            throw new BadInputException("Name the pictures that are searched: --set pictures=FOLDER.");
        }

        var set = ImageSets.Read(options.Pictures);
        var (loaded, (pipeline, vectors)) = Load(folder, HeadKind.Contrastive, loaded =>
        {
            var made = new PictureTextPipeline(loaded.Model, loaded.Tokenizer, loaded.Images, batchSize);
            return (made, made.EmbedImages([.. set.Samples.Select(sample => sample.Image)]));
        });
        string[] names = [.. set.Samples.Select(sample => ImageSets.NameOf(sample.Image, options.Pictures))];
        return new(AnswerFields.Texts, batchSize, (IReadOnlyList<TextSample> samples, CancellationToken cancellation) =>
            [.. pipeline.EmbedTexts([.. samples.Select(sample => sample.Text)], cancellation).Select(query => Ranked(query, names, vectors))], loaded);
    }

    public static TaskPipeline Things(string folder, DetectionOptions options, int batchSize)
    {
        options.Validate();
        var (loaded, pipeline) = Load(folder, HeadKind.ObjectDetection, loaded => new DetectionPipeline(loaded.Model, loaded.Images, batchSize));
        return new(AnswerFields.Boxes, batchSize, (IReadOnlyList<ImageSample> samples, CancellationToken cancellation) =>
            [.. pipeline.Detect(Pictures(samples), options, cancellation).Select(boxes => new BoxAnswer(boxes))], loaded);
    }

    public static TaskPipeline Texts(string folder, ImageToTextOptions options, int batchSize)
    {
        options.Validate();
        var (loaded, pipeline) = Load(folder, HeadKind.CausalLanguageModeling, loaded => new ImageToTextPipeline(loaded.Model, loaded.Tokenizer, loaded.Images, options.Template, batchSize));
        var generation = options.Writing();
        return new(AnswerFields.Text, batchSize, (IReadOnlyList<ImageSample> samples, CancellationToken cancellation) =>
            [.. pipeline.Write([.. samples.Select(sample => (sample.Image, sample.Questions is [var first, ..] ? first.Question : options.Question))], generation, cancellation).Select(text => new TextAnswer(text))],
            loaded);
    }

    private static ImageSource[] Pictures(IReadOnlyList<ImageSample> samples) => [.. samples.Select(sample => sample.Image)];

    private static ScoredTexts Ranked(float[] query, IReadOnlyList<string> texts, IReadOnlyList<float[]> vectors) =>
        new([.. texts.Select((text, i) => new ScoredText(i, text, VectorPipelines.Dot(query, vectors[i]))).OrderByDescending(text => text.Score)]);

    /// <summary>Vectors of pictures, of whatever model the folder holds.</summary>
    internal static (FolderModel Loaded, ImageEmbeddingPipeline Pipeline) Embedding(string folder, ImagePooling? pooling, int batchSize) =>
        Load(folder, VectorHead(folder), loaded => new ImageEmbeddingPipeline(loaded.Model, loaded.Images, pooling, batchSize));

    private static (FolderModel Loaded, PictureTextPipeline Pipeline) Pair(string folder, int batchSize) =>
        Load(folder, HeadKind.Contrastive, loaded => new PictureTextPipeline(loaded.Model, loaded.Tokenizer, loaded.Images, batchSize));

    private static (FolderModel Loaded, T Made) Load<T>(string folder, HeadKind head, Func<FolderModel, T> make)
    {
        var loaded = FolderModel.Load(folder, head);
        return (loaded, loaded.Guarded(make));
    }

    private static HeadKind VectorHead(string folder) => ImageEmbeddingPipeline.HeadFor(
        Checkpoint.ReadConfig(FolderModel.CheckpointOf(folder), ModelCatalog.Families).Family.Architectures);

    /// <summary>Vectors of the texts that came last: mostly all pictures of a run are tried with the same ones.</summary>
    private sealed class KnownVectors(Func<IReadOnlyList<string>, IReadOnlyList<float[]>> make)
    {
        private IReadOnlyList<string>? texts;
        private IReadOnlyList<float[]> vectors = [];

        public IReadOnlyList<float[]> Of(IReadOnlyList<string> wanted)
        {
            if (texts is null || !texts.SequenceEqual(wanted, StringComparer.Ordinal))
            {
                (vectors, texts) = (make(wanted), wanted);
            }

            return vectors;
        }
    }
}
