using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.FeedForward;

/// <summary>
/// The position-wise network of a block: out, through a non-linearity, and back; gated when asked
/// (SwiGLU and its kin: Shazeer 2020, arXiv:2002.05202).
/// </summary>
public sealed class FeedForwardNetwork : nn.Module<Tensor, Tensor>
{
    private readonly Projection? up, value, gate;
    private readonly Projection down;
    private readonly Activation activation;
    private readonly FeedForwardOptions options;

    /// <param name="options">Sizes and form of one network; experts are counted by <see cref="MixtureOfExperts"/>.</param>
    public FeedForwardNetwork(FeedForwardOptions options)
        : base(nameof(FeedForwardNetwork))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        activation = Activations.Named(options.Activation);
        gate = options is { IsGated: true, IsGateFused: false } ? new(options.HiddenSize, options.InnerSize, options.HasBias) : null;
        var inner = options is { IsGated: true, IsGateFused: true } ? 2 * options.InnerSize : options.InnerSize;
        var first = new Projection(options.HiddenSize, inner, options.HasBias);
        up = options is { IsGated: true, HasValueMap: true } ? null : first;
        value = up is null ? first : null;
        down = new(options.InnerSize, options.HiddenSize, options.HasBias);
        RegisterComponents();
    }

    /// <summary>The map that writes to the residual stream.</summary>
    public Projection Output => down;

    /// <param name="input"><c>[..., hidden]</c>.</param>
    /// <returns><c>[..., hidden]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        var first = (up ?? value)!;
        if (!options.IsGated)
        {
            return down.forward(first.Activate(input, activation));
        }

        return down.forward(options.IsGateFused ? GatedHalves(first.forward(input)) : Gated(input, gate!, first));
    }

    private Tensor Gated(Tensor input, Projection gate, Projection first) => activation.Gated is { } gated
        ? gated(gate.forward(input), first.forward(input))
        : gate.Activate(input, activation) * first.forward(input);

    private Tensor GatedHalves(Tensor both)
    {
        var (gates, values) = (both.narrow(-1, 0, options.InnerSize), both.narrow(-1, options.InnerSize, options.InnerSize));
        return activation.Gated?.Invoke(gates, values) ?? activation.Function(gates) * values;
    }
}
