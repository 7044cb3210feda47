using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Inference.Vision;
using Plinth.Layers.Losses;
using Plinth.Tasks.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tasks.Vision;

/// <summary>How texts and pictures learn to find each other.</summary>
public sealed record ImageTextRetrievalOptions : TaskOptions
{
    /// <summary>How the pairs are learnt: <c>choice</c> as in CLIP, <c>each_pair</c> as in SigLIP; null takes what the head was made for.</summary>
    public PairLoss? Loss { get; init; }

    /// <summary>Pairs whose activations are kept at one time; the gradient is that of the whole batch all the same, for a second forward pass. Null keeps all.</summary>
    public int? SubBatch { get; init; }
}

/// <summary>
/// Texts and pictures that find each other in one space. It learns as the objective of that name does, by <see cref="PairContrast"/>: the
/// other pairs of a batch are the wrong answers, so that larger batches teach more, and of a picture's captions one is drawn each time. The
/// answer to a picture is its vector.
/// </summary>
public sealed class ImageTextRetrieval : ImageTask
{
    private readonly PictureTextPipeline pipeline;
    private readonly CaptionBatches captions;
    private readonly PairContrast contrast;

    /// <param name="model">A model of texts and pictures, such as clip or siglip.</param>
    /// <param name="processor">Its tokenizer and image processor.</param>
    /// <param name="options">Loss and batches.</param>
    /// <exception cref="PlinthException">The model has another head, or an option is impossible.</exception>
    public ImageTextRetrieval(Model model, PictureTextProcessor processor, ImageTextRetrievalOptions? options = null)
        : base("image_text_retrieval", model, processor?.Images!, options ??= new(), HeadKind.Contrastive)
    {
        ArgumentNullException.ThrowIfNull(processor);
        pipeline = new(model, processor.Tokenizer, processor.Images, options.AnswerBatchSize);
        captions = new(processor.Tokenizer, model.Backbone.MaximumLength);
        contrast = new(model, options.Loss, options.SubBatch);
    }

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return [batch.Count];
    }

    /// <inheritdoc />
    /// <remarks>Each pair is compared with all others.</remarks>
    public override int PartCount(Batch batch) => 1;

    /// <inheritdoc />
    /// <exception cref="ArgumentException">The batch has not one text per picture.</exception>
    public override IReadOnlyList<LossTerm> Compute(Batch batch) => [contrast.Compute(batch)];

    /// <inheritdoc />
    public override void Backward(Tensor loss)
    {
        base.Backward(loss);
        contrast.Backward();
    }

    /// <inheritdoc />
    public override void Stepped(long step, long stepCount) => contrast.Stepped();

    /// <inheritdoc />
    protected override ImageSample Chosen(ImageSample sample, Random random)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return sample.Captions.Count > 1 ? sample with { Captions = [CaptionBatches.Choose(sample, random)] } : sample;
    }

    /// <inheritdoc />
    /// <remarks>Each picture with its first caption.</remarks>
    protected override TextBatch Labelled(ImageBatch images, IReadOnlyList<ImageSample> samples) =>
        captions.Make(images, [.. samples.Select((sample, i) => sample.Captions is [var first, ..] ? first : throw Lacks(i, "caption"))]);

    /// <inheritdoc />
    protected override IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<ImageSample> samples) =>
        [.. pipeline.EmbedImages([.. samples.Select(sample => sample.Image)]).Select(vector => new VectorAnswer(vector))];

    /// <inheritdoc />
    /// <remarks>A caption that several pictures have is one text, and each of them is right.</remarks>
    protected override IReadOnlyList<KeyValuePair<string, double>> ScoreSamples(IReadOnlyList<ImageSample> samples, IReadOnlyList<Answer> answers)
    {
        var described = samples.Index().SelectMany(sample => sample.Item.Captions.Distinct(StringComparer.Ordinal).Select(caption => (Caption: caption, Picture: sample.Index)))
            .GroupBy(pair => pair.Caption, pair => pair.Picture, StringComparer.Ordinal).ToList();
        if (described.Count == 0)
        {
            throw Lacks(0, "caption");
        }

        using var scope = NewDisposeScope();
        var pictures = Matrix([.. answers.Cast<VectorAnswer>().Select(answer => answer.Vector)]);
        var texts = Matrix(pipeline.EmbedTexts([.. described.Select(text => text.Key)]));
        var cosines = pictures.matmul(texts.transpose(0, 1)).contiguous();                        // [image, text]
        return PairRecall.Of([.. cosines.data<float>().ToArray().Chunk(described.Count)], [.. described.Select(text => text.ToArray())]);
    }

    private static Tensor Matrix(IReadOnlyList<IReadOnlyList<float>> vectors) => tensor(vectors.SelectMany(vector => vector).ToArray(), [vectors.Count, vectors[0].Count]);
}
