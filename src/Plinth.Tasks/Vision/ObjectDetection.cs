using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Inference.Vision;
using Plinth.Layers.Losses.Detection;
using Plinth.Tasks.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tasks.Vision;

/// <summary>How things in pictures are learnt.</summary>
public sealed record ObjectDetectionOptions : TaskOptions
{
    /// <summary>Costs of pairing predictions with things, and weights of the loss.</summary>
    public SetPredictionOptions Loss { get; init; } = new();

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        Loss.Validate();
    }
}

/// <summary>
/// Classes and boxes of the things in a picture, predicted as a set (Carion et al. 2020, arXiv:2005.12872; Fang et al. 2021, arXiv:2106.00666).
/// An answer holds every prediction, however unsure, because precision is taken over all of them.
/// </summary>
public sealed class ObjectDetection : ImageTask
{
    private static readonly DetectionOptions Everything = new() { Threshold = 0 };

    private readonly SetPredictionOptions loss;
    private readonly IBoxHead boxes;
    private readonly DetectionPipeline pipeline;
    private readonly BoxTargets targets;
    private readonly IReadOnlyList<string> classes;

    /// <param name="model">A model with a head for detection.</param>
    /// <param name="processor">Its image processor.</param>
    /// <param name="options">Costs and weights.</param>
    /// <exception cref="PlinthException">The options do not fit the model, or the processor cuts pieces out of the pictures.</exception>
    public ObjectDetection(Model model, ImageProcessor processor, ObjectDetectionOptions? options = null)
        : base("object_detection", model, processor, options ??= new(), HeadKind.ObjectDetection)
    {
        (loss, boxes, classes) = (options.Loss, (IBoxHead)Model.Head!, Model.Config.Labels);
        pipeline = new(Model, processor, options.AnswerBatchSize);
        targets = new(classes.Count, boxes.ThingCount, loss.NothingWeight);
    }

    /// <inheritdoc />
    public override bool UsesBoxes => true;

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var (classTargets, things) = targets.Count(Labels(batch), batch.Count);
        return [classTargets, things, things];
    }

    /// <inheritdoc />
    public override Batch Part(Batch batch, int first, int count)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.Rows(first, count) with { Labels = BoxTargets.Of(Labels(batch), first, count) };
    }

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var features = Model.Backbone.Run(batch);
        var logits = Model.Head!.Logits(features, Model.Backbone).to(ScalarType.Float32);       // [batch, thing, class + 1]
        var places = boxes.Boxes(features, Model.Backbone).to(ScalarType.Float32);              // [batch, thing, 4]
        var sum = logits.sum() + places.sum();
        // What is no number pairs with nothing. The trainer sees it in the loss, and knows what to advise.
        var found = double.IsFinite(sum.ToDouble()) ? SetPrediction.Of(logits, places, BoxTargets.Split(Labels(batch), batch.Count), loss) : null;
        return
        [
            new("classes", found is null ? sum : found.Classes.Sum * BoxTargets.Units, loss.ClassWeight),
            new("boxes", found is null ? sum : found.Boxes.Sum, loss.BoxWeight),
            new("overlaps", found is null ? sum : found.Overlaps.Sum, loss.OverlapWeight),
        ];
    }

    /// <inheritdoc />
    protected override ImageBatch Labelled(ImageBatch images, IReadOnlyList<ImageSample> samples)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(samples);
        return samples.All(sample => sample.Boxes is null) ? images
            : images with { Labels = targets.Join([.. samples.Select((sample, i) => sample.Boxes ?? throw Lacks(i, "boxes"))], images.PixelValues.size(2), images.PixelValues.size(3)) };
    }

    /// <inheritdoc />
    protected override IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<ImageSample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return [.. pipeline.Detect([.. samples.Select(sample => sample.Image)], Everything).Select(found => new BoxAnswer(found))];
    }

    /// <inheritdoc />
    protected override IReadOnlyList<KeyValuePair<string, double>> ScoreSamples(IReadOnlyList<ImageSample> samples, IReadOnlyList<Answer> answers)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(answers);
        // Answers name their class; of several classes of one name the first stands for all.
        var numbers = classes.Index().DistinctBy(entry => entry.Item).ToDictionary(entry => entry.Item, entry => entry.Index);
        IReadOnlyList<ExpectedBox> Expected(ImageSample sample, int number) => [.. (sample.Boxes ?? throw Lacks(number, "boxes"))
            .Select(box => new ExpectedBox(numbers[classes[(int)SampleLabels.Known(box.Category, classes.Count)]], box.Edges, box.IsCrowd))];
        var score = BoxPrecision.Of(
            [.. answers.Cast<BoxAnswer>().Select(answer => (IReadOnlyList<DetectedBox>)[.. answer.Boxes.Select(box => new DetectedBox(numbers[box.Label], box.Edges, box.Score))])],
            [.. samples.Select(Expected)]);
        return double.IsNaN(score.Mean)
            ? throw new BadInputException("None of the pictures shows anything, so that there is nothing to find. Score on pictures with boxes.")
            : [new("average_precision", score.Mean), new("average_precision_50", score.AtHalf), new("average_precision_75", score.AtThreeQuarters), new("average_recall", score.Recall)];
    }

    private static Tensor Labels(Batch batch) => batch.Labels ?? throw new ArgumentException("The batch has no boxes.", nameof(batch));
}
