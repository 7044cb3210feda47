using Plinth.Core;
using Plinth.Layers.FeedForward;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Heads;

/// <summary>A class, or none, and a box for each detection token (Carion et al. 2020, arXiv:2005.12872; Fang et al. 2021, arXiv:2106.00666).</summary>
public sealed class DetectionHead : ModelHead, IBoxHead
{
    private readonly DenseLayers classes, boxes;
    private readonly int tokenCount;

    /// <param name="hidden">Width of the features.</param>
    /// <param name="classCount">Classes; "nothing" is one more.</param>
    /// <param name="tokenCount">Detection tokens: the last of the sequence.</param>
    /// <param name="depth">Linear maps of each part.</param>
    public DetectionHead(int hidden, int classCount, int tokenCount, int depth)
        : base(nameof(DetectionHead))
    {
        this.tokenCount = tokenCount;
        int[] before = [.. Enumerable.Repeat(hidden, depth)];
        classes = new([.. before, classCount + 1], "relu");
        boxes = new([.. before, 4], "relu");
        RegisterComponents();
    }

    /// <inheritdoc />
    public int ThingCount => tokenCount;

    /// <summary>Logits of the classes, and last of "nothing".</summary>
    /// <param name="features">Output of the backbone.</param>
    /// <param name="backbone">The backbone under this head.</param>
    /// <returns><c>[batch, thing, class + 1]</c>.</returns>
    public override Tensor Logits(Features features, Backbone backbone) => classes.forward(Tokens(features));

    /// <inheritdoc />
    public Tensor Boxes(Features features, Backbone backbone) => boxes.forward(Tokens(features)).sigmoid();

    private Tensor Tokens(Features features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return features.Hidden.narrow(1, features.Hidden.size(1) - tokenCount, tokenCount);
    }
}
