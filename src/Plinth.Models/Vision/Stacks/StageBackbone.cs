using Plinth.Core;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Stacks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Stacks;

/// <summary>A backbone whose maps grow coarser and wider from stage to stage; its features are the last map, row by row.</summary>
public sealed class StageBackbone : Backbone
{
    private readonly ImageStem stem;
    private readonly ModuleList<ImageStage> stages;
    private readonly Norm? finalNorm;

    /// <param name="hidden">Width of the last map.</param>
    /// <param name="stem">Makes the first map.</param>
    /// <param name="stages">What follows, in order.</param>
    /// <param name="finalNorm">The norm after the last stage, or null.</param>
    public StageBackbone(int hidden, ImageStem stem, IEnumerable<ImageStage> stages, NormOptions? finalNorm = null)
        : base(nameof(StageBackbone))
    {
        HiddenSize = hidden;
        this.stem = stem;
        this.stages = new([.. stages]);
        this.finalNorm = finalNorm is null ? null : new(finalNorm, hidden);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override int HiddenSize { get; }

    /// <inheritdoc />
    public override int MaximumLength => StackOptions.Unbounded;

    /// <inheritdoc />
    public override EmbeddedSequence Embed(Batch batch, long pastLength = 0)
    {
        var images = ImageInputs.Check(batch, stem.ChannelCount);
        return images.PatchMask is null && images.VisiblePatches is null
            ? stem.Embed(images)
            : throw new ArgumentException("The model sees whole pictures; nothing in it can stand in for hidden patches.", nameof(batch));
    }

    /// <inheritdoc />
    /// <exception cref="ArgumentException">The input is no map.</exception>
    public override Tensor Encode(EmbeddedSequence input, EncodeContext? context = null)
    {
        var current = input as EmbeddedImages
            ?? throw new ArgumentException($"The model relates positions of maps, {nameof(EmbeddedImages)}, and this sequence is none.", nameof(input));
        context?.Trace(current.Vectors);
        foreach (var stage in stages)
        {
            using var scope = NewDisposeScope();
            current = stage.Run(current);
            current = current with { Vectors = current.Vectors.MoveToOuterDisposeScope() };
            context?.Trace(current.Vectors);
        }

        return finalNorm?.forward(current.Vectors) ?? current.Vectors;
    }
}
