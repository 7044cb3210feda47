using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Inference.Pipelines;
using Plinth.Layers.Adapters;
using Plinth.Models;
using Plinth.Tasks;

namespace Plinth.Recipes.Pipelines;

/// <summary>How texts become vectors; what is left out is as the folder says, or else the mean, of unit length.</summary>
public sealed record VectorOptions
{
    /// <summary>How the vectors of tokens become one; null is as the folder says.</summary>
    public Pooling? Pooling { get; init; }

    /// <summary>Whether vectors have unit length; null is as the folder says.</summary>
    public bool? IsNormalized { get; init; }

    /// <summary>Tokens of a text that are read, special ones included; null is as the folder says.</summary>
    public int? MaximumLength { get; init; }

    /// <summary>Name of the folder's prompt that is put before the text, for example <c>query</c>; null is its default.</summary>
    public string? Prompt { get; init; }

    /// <summary>As <see cref="Prompt"/>, before the texts that it is compared with.</summary>
    public string? ChoicePrompt { get; init; }
}

/// <summary>Pipelines that work with vectors of texts.</summary>
internal static class VectorPipelines
{
    public static TaskPipeline Sentences(string folder, VectorOptions options, int batchSize)
    {
        var (pipeline, owned) = Load(folder, options, batchSize);
        return new(AnswerFields.Vector, batchSize, (samples, cancellation) =>
            [.. Embed(pipeline, samples.Select(sample => sample.Text), options.Prompt, cancellation).Select(vector => new VectorAnswer(vector))], owned);
    }

    public static TaskPipeline Features(string folder, VectorOptions options, int batchSize)
    {
        if (options.Pooling is not null)
        {
            return Sentences(folder, options with { IsNormalized = options.IsNormalized ?? false }, batchSize);
        }

        var (pipeline, owned) = Load(folder, options, batchSize);
        return new(AnswerFields.TokenVectors, batchSize, (samples, cancellation) =>
            [.. pipeline.EmbedTokens([.. samples.Select(sample => sample.Text)], cancellation).Select(vectors => new TokenVectors(vectors))], owned);
    }

    public static TaskPipeline Similarity(string folder, VectorOptions options, int batchSize)
    {
        var (pipeline, owned) = Load(folder, options, batchSize);
        return new(AnswerFields.Texts, batchSize, (samples, cancellation) => Compared(pipeline, samples, options, cancellation), owned);
    }

    /// <summary>By a classifier that reads query and document together where the folder has one; else by the vectors.</summary>
    public static TaskPipeline Rerank(string folder, VectorOptions options, int batchSize)
    {
        if (!HasClassifier(folder))
        {
            var (pipeline, owned) = Load(folder, options, batchSize);
            return new(AnswerFields.Texts, batchSize, (samples, cancellation) => [.. Compared(pipeline, samples, options, cancellation).Select(Sorted)], owned);
        }

        if (options.Pooling is not null || options.IsNormalized is not null || options.Prompt is not null || options.ChoicePrompt is not null)
        {
            throw new RecipeException($"{folder} holds a classifier, which reads query and document together: pooling, is_normalized and prompts have no place there.");
        }

        var loaded = TaskModel.Load("text_classification", folder, new TextClassificationOptions { MaximumLength = options.MaximumLength, AnswerBatchSize = batchSize });
        if (loaded.Model.Config.LabelCount is var count and not (1 or 2))
        {
            loaded.Dispose();
            throw new PlinthException($"{folder} has {count} classes; a classifier reranks with one output, or with two of which the second means that the document answers.");
        }

        return new(AnswerFields.Texts, batchSize, (samples, _) => Judged(loaded, samples), loaded);
    }

    private static IReadOnlyList<Answer> Judged(TaskModel loaded, IReadOnlyList<TextSample> samples)
    {
        var isRegression = ((TextClassification)loaded.Task).Outputs.Kind == ClassificationKind.Regression;
        var pairs = samples.SelectMany(sample => Others(sample).Select(other => new TextSample(sample.Text, other))).ToList();
        var scores = loaded.Task.Answer(pairs).Cast<ClassScores>().Select(answer => isRegression ? 1 / (1 + Math.Exp(-answer.Scores[0])) : answer.Scores[^1]).ToList();
        var next = 0;
        return [.. samples.Select(sample => Sorted(new ScoredTexts([.. Others(sample).Select((other, i) => new ScoredText(i, other, scores[next++]))])))];
    }

    private static ScoredTexts[] Compared(EmbeddingPipeline pipeline, IReadOnlyList<TextSample> samples, VectorOptions options, CancellationToken cancellation)
    {
        var texts = Embed(pipeline, samples.Select(sample => sample.Text), options.Prompt, cancellation);
        var others = Embed(pipeline, samples.SelectMany(Others), options.ChoicePrompt, cancellation);
        var next = 0;
        return [.. samples.Select((sample, row) => new ScoredTexts([.. Others(sample).Select((other, i) => new ScoredText(i, other, Cosine(texts[row], others[next++])))]))];
    }

    // The cosine of a vector without length is taken as 0: it is like nothing.
    private static double Cosine(float[] a, float[] b)
    {
        var (lengthA, lengthB) = (Dot(a, a), Dot(b, b));
        return lengthA > 0 && lengthB > 0 ? Dot(a, b) / Math.Sqrt(lengthA * lengthB) : 0;
    }

    /// <summary>The products of two vectors' components, summed: the cosine, where both have unit length.</summary>
    internal static double Dot(float[] a, float[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }

    private static ScoredTexts Sorted(ScoredTexts texts) => new([.. texts.Texts.OrderByDescending(text => text.Score)]);

    private static IReadOnlyList<string> Others(TextSample sample) => sample.Choices ?? (sample.Pair is { } pair ? [pair]
        : throw new BadInputException("There is nothing to compare the text with. Give texts with --choice, or one with --pair; in a file name their column."));

    private static IReadOnlyList<float[]> Embed(EmbeddingPipeline pipeline, IEnumerable<string> texts, string? prompt, CancellationToken cancellation) =>
        prompt is null ? pipeline.Embed([.. texts], cancellation) : pipeline.Embed([.. texts], prompt, cancellation);

    private static bool HasClassifier(string folder)
    {
        var config = Path.Combine(folder, Checkpoint.ConfigFile);
        if (SentenceModules.AreIn(folder) || !File.Exists(config))
        {
            return false;
        }

        var (family, read) = Checkpoint.ReadConfig(folder, ModelCatalog.Families);
        var name = family.Architectures.GetValueOrDefault(HeadKind.SequenceClassification);
        return name is not null && read.Architectures?.Contains(name) == true;
    }

    private static (EmbeddingPipeline Pipeline, IDisposable[] Owned) Load(string folder, VectorOptions options, int batchSize)
    {
        var modules = SentenceModules.Of(folder);
        modules = modules with
        {
            Pooling = options.Pooling is { } pooling ? [pooling] : modules.Pooling,
            MaximumLength = options.MaximumLength ?? modules.MaximumLength,
            Steps = options.IsNormalized switch
            {
                null => modules.Steps,
                true => [.. modules.Steps.Where(step => step is not NormalizeStep), new NormalizeStep()],
                _ => [.. modules.Steps.Where(step => step is not NormalizeStep)],
            },
        };
        var loaded = TaskModel.Load("sentence_embedding", modules.ModelFolder);
        var pipeline = loaded.Guarded(() => new EmbeddingPipeline(loaded.Model, loaded.Tokenizer, modules, batchSize));
        return (pipeline, [loaded, pipeline]);
    }
}
