using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Layers.Distillation;

namespace Plinth.Tasks.Vision;

/// <summary>How pictures are classified.</summary>
public sealed record ImageClassificationOptions : TaskOptions, IClassificationOptions
{
    /// <inheritdoc />
    public ClassificationKind? Kind { get; init; }

    /// <inheritdoc />
    public double LabelSmoothing { get; init; }

    /// <inheritdoc />
    public double NormalizerPenalty { get; init; }

    /// <inheritdoc />
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <inheritdoc />
    public CalibrationOptions? Calibration { get; init; }
}

/// <summary>Classes or a number for a picture.</summary>
public sealed class ImageClassification : ImageTask, IClassification, IDistillable
{
    /// <param name="model">A model with a head for image classification.</param>
    /// <param name="processor">Its image processor.</param>
    /// <param name="options">Kind and weights.</param>
    /// <exception cref="PlinthException">The options do not fit the model.</exception>
    public ImageClassification(Model model, ImageProcessor processor, ImageClassificationOptions? options = null)
        : base("image_classification", model, processor, options ??= new(), HeadKind.ImageClassification) =>
        Outputs = new(model.Config, options);

    /// <inheritdoc />
    public ClassOutputs Outputs { get; }

    /// <inheritdoc />
    public override void SaveFiles(string folder) => Outputs.Calibration?.Save(folder);

    /// <inheritdoc />
    public override void LoadFiles(string folder) => Outputs.Load(folder);

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return [Outputs.Loss(Model.Logits(batch), batch.Labels!, training)];
    }

    /// <inheritdoc />
    public void Check(Teacher teacher) => Outputs.Check(teacher);

    /// <inheritdoc />
    public IReadOnlyList<LossTerm> Compute(Batch batch, Teacher teacher) => Outputs.Losses(Model, batch, teacher, training);

    /// <inheritdoc />
    protected override ImageBatch Labelled(ImageBatch images, IReadOnlyList<ImageSample> samples) => images with { Labels = Outputs.Labels(samples) };

    /// <inheritdoc />
    protected override IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<ImageSample> samples) => Outputs.Answers(Model.Logits(Read(samples).To(Model.Device)));

    /// <inheritdoc />
    protected override IReadOnlyList<KeyValuePair<string, double>> ScoreSamples(IReadOnlyList<ImageSample> samples, IReadOnlyList<Answer> answers) => Outputs.Score(samples, answers);
}
