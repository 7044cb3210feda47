using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Tasks.Vision;

/// <summary>How pictures are classified.</summary>
public sealed record ImageClassificationOptions : TaskOptions, IClassificationOptions
{
    /// <inheritdoc />
    public ClassificationKind? Kind { get; init; }

    /// <inheritdoc />
    public double LabelSmoothing { get; init; }

    /// <inheritdoc />
    public IReadOnlyList<double>? ClassWeights { get; init; }
}

/// <summary>Classes or a number for a picture.</summary>
public sealed class ImageClassification : ImageTask
{
    private readonly ClassOutputs outputs;

    /// <param name="model">A model with a head for image classification.</param>
    /// <param name="processor">Its image processor.</param>
    /// <param name="options">Kind and weights.</param>
    /// <exception cref="PlinthException">The options do not fit the model.</exception>
    public ImageClassification(Model model, ImageProcessor processor, ImageClassificationOptions? options = null)
        : base("image_classification", model, processor, options ??= new(), HeadKind.ImageClassification) =>
        outputs = new(model.Config, options);

    /// <summary>What is asked for.</summary>
    public ClassificationKind Kind => outputs.Kind;

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return [outputs.Loss(Model.Logits(batch), batch.Labels!)];
    }

    /// <inheritdoc />
    protected override ImageBatch Labelled(ImageBatch images, IReadOnlyList<ImageSample> samples) => images with { Labels = outputs.Labels(samples) };

    /// <inheritdoc />
    protected override IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<ImageSample> samples) => outputs.Answers(Model.Logits(Read(samples).To(Model.Device)));

    /// <inheritdoc />
    protected override IReadOnlyList<KeyValuePair<string, double>> ScoreSamples(IReadOnlyList<ImageSample> samples, IReadOnlyList<Answer> answers) => outputs.Score(samples, answers);
}
