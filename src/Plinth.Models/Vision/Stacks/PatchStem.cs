using Plinth.Core;
using Plinth.Layers.Norms;
using Plinth.Layers.Patches;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Stacks;

/// <summary>Small patches under a norm, as the first map.</summary>
public sealed class PatchStem : ImageStem
{
    private readonly PatchEmbedding patches;
    private readonly Norm norm;
    private readonly int patchSize, coarsest;
    private readonly bool isPadded;

    /// <param name="channelCount">Channels of a picture.</param>
    /// <param name="patchSize">Height and width of a patch in pixels.</param>
    /// <param name="hidden">Width of the map.</param>
    /// <param name="norm">Its norm.</param>
    /// <param name="halvings">How often later stages halve the map.</param>
    /// <param name="isPadded">Whether pixels that fill no patch, or positions that fill no pair, are filled up with zeros; else they are left out.</param>
    public PatchStem(int channelCount, int patchSize, int hidden, NormOptions norm, int halvings, bool isPadded)
        : base(nameof(PatchStem))
    {
        (ChannelCount, this.patchSize, this.isPadded) = (channelCount, patchSize, isPadded);
        coarsest = isPadded ? 1 : patchSize << Math.Min(halvings, 20);
        patches = new(channelCount, patchSize, hidden);
        this.norm = new(norm, hidden);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override int ChannelCount { get; }

    /// <inheritdoc />
    public override EmbeddedImages Embed(ImageBatch images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var pixels = images.PixelValues;
        if (pixels.size(2) < coarsest || pixels.size(3) < coarsest)
        {
            throw new ArgumentException(
                $"The last map of the model has one position for {coarsest} × {coarsest} pixels, and these pictures have {pixels.size(2)} × {pixels.size(3)}. Scale them in the preprocessor.",
                nameof(images));
        }

        var (below, beside) = ((patchSize - (pixels.size(2) % patchSize)) % patchSize, (patchSize - (pixels.size(3) % patchSize)) % patchSize);
        pixels = isPadded && below + beside > 0 ? nn.functional.pad(pixels, [0, beside, 0, below]) : pixels;
        return new(norm.forward(patches.forward(pixels)), pixels.size(2) / patchSize, pixels.size(3) / patchSize);
    }
}
