using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.FeedForward;

/// <summary>
/// The position-wise network of a block: out, through a non-linearity, and back; gated when asked
/// (SwiGLU and its kin: Shazeer 2020, arXiv:2002.05202).
/// </summary>
public sealed class FeedForwardNetwork : nn.Module<Tensor, Tensor>
{
    private readonly Projection up, down;
    private readonly Projection? gate;
    private readonly Func<Tensor, Tensor> activation;

    /// <param name="hidden">Width of input and output.</param>
    /// <param name="inner">Width between.</param>
    /// <param name="activation">Name of the non-linearity, see <see cref="Activation"/>.</param>
    /// <param name="isGated">Whether a second map multiplies the first.</param>
    /// <param name="hasBias">Whether the maps add vectors.</param>
    public FeedForwardNetwork(int hidden, int inner, string activation, bool isGated = false, bool hasBias = true)
        : base(nameof(FeedForwardNetwork))
    {
        this.activation = Activation.Named(activation);
        gate = isGated ? new(hidden, inner, hasBias) : null;
        up = new(hidden, inner, hasBias);
        down = new(inner, hidden, hasBias);
        RegisterComponents();
    }

    /// <summary>The map that writes to the residual stream.</summary>
    public Projection Output => down;

    /// <param name="input"><c>[..., hidden]</c>.</param>
    /// <returns><c>[..., hidden]</c>.</returns>
    public override Tensor forward(Tensor input) => down.forward(gate is null
        ? activation(up.forward(input))
        : activation(gate.forward(input)) * up.forward(input));
}
