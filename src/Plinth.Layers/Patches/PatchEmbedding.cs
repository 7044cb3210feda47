using Plinth.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Patches;

/// <summary>
/// Cuts pictures into squares and maps each to a vector (Dosovitskiy et al. 2020, arXiv:2010.11929): a convolution whose step is its
/// width, computed as the linear map that it is.
/// </summary>
public sealed class PatchEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter? bias;

    /// <param name="channelCount">Channels of a picture.</param>
    /// <param name="patchSize">Height and width of a patch in pixels.</param>
    /// <param name="hidden">Width of a vector.</param>
    /// <param name="hasBias">Whether a vector is added.</param>
    public PatchEmbedding(int channelCount, int patchSize, int hidden, bool hasBias = true)
        : base(nameof(PatchEmbedding))
    {
        weight = FreshWeights.Empty(hidden, channelCount, patchSize, patchSize);
        bias = hasBias ? FreshWeights.Zeros(hidden) : null;
        Initialization.Normal(weight, 0.02);
        RegisterComponents();
    }

    /// <param name="input"><c>[batch, channel, height, width]</c>.</param>
    /// <returns>Row by row; <c>[batch, patch, hidden]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        var patches = PatchGrid.Split(input, weight.size(-1)).flatten(2);                          // [batch, patch, channel · y · x]
        return LinearMap.Apply(patches, weight.view(weight.size(0), -1), bias);
    }
}
