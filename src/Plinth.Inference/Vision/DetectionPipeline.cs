using Plinth.Core;
using Plinth.Data.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Vision;

/// <summary>Which of the things that a model sees are told.</summary>
public sealed record DetectionOptions
{
    /// <summary>The least score, 0 to 1.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>Of two boxes of a class that share more than this part of their union, the surer stays; null keeps all, as these models learn not to repeat themselves.</summary>
    public double? MaximumOverlap { get; init; }

    /// <summary>Refuses what is impossible.</summary>
    /// <exception cref="PlinthException">An option is impossible.</exception>
    public void Validate()
    {
        if (Threshold is not (>= 0 and <= 1) || MaximumOverlap is not (null or (>= 0 and <= 1)))
        {
            throw new PlinthException($"threshold = {Threshold} and maximum_overlap = {MaximumOverlap} must lie between 0 and 1.");
        }
    }
}

/// <summary>Pictures in, what they show and where out (Fang et al. 2021, arXiv:2106.00666).</summary>
public sealed class DetectionPipeline
{
    private readonly Model model;
    private readonly IBoxHead boxes;
    private readonly ImageProcessor processor;
    private readonly int batchSize;

    /// <param name="model">A model with the head for detection; it stays the caller's.</param>
    /// <param name="processor">Its image processor.</param>
    /// <param name="batchSize">Pictures of one size that are computed together.</param>
    /// <exception cref="PlinthException">The model has another head, or its processor cuts pieces out of the pictures.</exception>
    public DetectionPipeline(Model model, ImageProcessor processor, int batchSize = 8)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(processor);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        boxes = model.Head as IBoxHead
            ?? throw new PlinthException($"Things are found by a model like yolos; this one is a '{model.Family.ModelType}' with the head {model.HeadKind}.");
        if (processor.Cuts)
        {
            throw new PlinthException("The image processor cuts pieces out of the pictures, so that the places of things are lost. Set do_center_crop to false, or leave out crop_pct.");
        }

        (this.model, this.processor, this.batchSize) = (model, processor, batchSize);
    }

    /// <summary>Finds things, the surest first; boxes are in pixels of the upright picture.</summary>
    /// <exception cref="PlinthException">An option is impossible, or a picture cannot be read.</exception>
    public IReadOnlyList<IReadOnlyList<FoundBox>> Detect(IReadOnlyList<ImageSource> pictures, DetectionOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        options ??= new();
        options.Validate();
        return PictureReader.Map(pictures, processor, batchSize, (images, _) => Batch(images, options), cancellation);
    }

    private IReadOnlyList<IReadOnlyList<FoundBox>> Batch(IReadOnlyList<RgbImage> images, DetectionOptions options)
    {
        using var pass = new EvaluationPass(model);
        var batch = PictureReader.Batch(processor, model, images);
        var features = model.Backbone.Run(batch);
        var shares = model.Head!.Logits(features, model.Backbone).to(ScalarType.Float32).softmax(-1).cpu().contiguous();     // [batch, thing, class + 1]
        var places = boxes.Boxes(features, model.Backbone).to(ScalarType.Float32).cpu().contiguous();                       // [batch, thing, 4]
        var things = shares.data<float>().ToArray().Chunk((int)shares.size(-1)).Zip(places.data<float>().ToArray().Chunk(4)).Chunk((int)shares.size(1)).ToArray();
        var (height, width) = (batch.PixelValues.size(2), batch.PixelValues.size(3));
        return [.. images.Select((image, i) =>
        {
            // Shares are of what the model saw, which may be padded below and to the right.
            var scale = processor.ScaleOf(image.Height, image.Width);
            var (across, down) = (width / scale.Across, height / scale.Down);
            return Kept(things[i].Select(thing => Found(thing.First, thing.Second, across, down)).Where(box => box.Score >= options.Threshold), options.MaximumOverlap);
        })];
    }

    // The last share is that of "nothing" and no class.
    private FoundBox Found(float[] shares, float[] place, double across, double down)
    {
        var best = Enumerable.Range(0, shares.Length - 1).MaxBy(i => shares[i]);
        var label = best < model.Config.Labels.Count ? model.Config.Labels[best] : $"LABEL_{best}";
        return new(label, shares[best], (place[0] - (place[2] / 2)) * across, (place[1] - (place[3] / 2)) * down, place[2] * across, place[3] * down);
    }

    private static List<FoundBox> Kept(IEnumerable<FoundBox> boxes, double? overlap)
    {
        List<FoundBox> kept = [];
        foreach (var box in boxes.OrderByDescending(box => box.Score))
        {
            if (overlap is not { } most || kept.All(other => other.Label != box.Label || BoxOverlap.Of(other.Edges, box.Edges) <= most))
            {
                kept.Add(box);
            }
        }

        return kept;
    }
}
