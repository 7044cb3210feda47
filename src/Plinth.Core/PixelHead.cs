using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>A head whose logits are the pixels of each patch, for objectives that hide patches.</summary>
public interface IPixelHead
{
    /// <summary>Patches of a picture.</summary>
    int PatchCount { get; }

    /// <summary>Share of the patches that the architecture was published to hide, 0 to 1.</summary>
    double HiddenShare { get; }

    /// <summary>What the logits should be.</summary>
    /// <param name="pixelValues"><c>[batch, channel, height, width]</c>.</param>
    /// <returns><c>[batch, patch, pixel]</c>.</returns>
    Tensor Targets(Tensor pixelValues);

    /// <summary>The pixels that logits stand for, where pixels are normalised with mean and deviation of the patches that they are to be.</summary>
    /// <param name="logits"><c>[batch, patch, pixel]</c>.</param>
    /// <param name="pixelValues"><c>[batch, channel, height, width]</c>.</param>
    /// <returns><c>[batch, patch, pixel]</c>.</returns>
    Tensor Drawn(Tensor logits, Tensor pixelValues);

    /// <summary>Puts patches together.</summary>
    /// <param name="patches"><c>[batch, patch, pixel]</c>, or a last axis of 1 for one value a patch.</param>
    /// <returns><c>[batch, channel, height, width]</c>.</returns>
    Tensor Join(Tensor patches);
}
