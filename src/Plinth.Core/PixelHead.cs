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
}
