using Plinth.Core;
using Plinth.Layers.Attention;
using Plinth.Layers.FeedForward;
using Plinth.Layers.Norms;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Heads;

/// <summary>One vector for the whole picture, by a learned question to all patches (Zhai et al. 2021, arXiv:2106.04560, section 4.2).</summary>
public sealed class AttentionPoolHead : ModelHead
{
    private readonly Parameter probe;
    private readonly MultiHeadAttention attention;
    private readonly Norm norm;
    private readonly FeedForwardNetwork feedForward;

    /// <param name="attention">Form of the question.</param>
    /// <param name="feedForward">Form of the network that follows.</param>
    /// <param name="norm">Form of the norm before it.</param>
    public AttentionPoolHead(AttentionOptions attention, FeedForwardOptions feedForward, NormOptions norm)
        : base(nameof(AttentionPoolHead))
    {
        ArgumentNullException.ThrowIfNull(attention);
        probe = FreshWeights.Empty(1, 1, attention.HiddenSize);
        Layers.Initialization.Normal(probe, 0.02);
        this.attention = new(attention);
        this.norm = new(norm, attention.HiddenSize);
        this.feedForward = new(feedForward);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Logits(Features features, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(features);
        var question = probe.expand(features.Hidden.size(0), -1, -1);                              // [batch, 1, hidden]
        var pass = new AttentionPass([], new(question, null, null), new() { Memory = new(features.Hidden, features.Mask) });
        var answer = attention.AttendToMemory(question, pass, 0);
        return (answer + feedForward.forward(norm.forward(answer))).squeeze(1);
    }
}
