using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.FeedForward;

/// <summary>Linear maps in a row with a non-linearity between them.</summary>
public sealed class DenseLayers : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<Projection> layers;
    private readonly Activation activation;

    /// <param name="sizes">Widths from the input to the output.</param>
    /// <param name="activation">Name of the non-linearity.</param>
    /// <param name="hasBias">Whether the maps add vectors.</param>
    public DenseLayers(IReadOnlyList<int> sizes, string activation, bool hasBias = true)
        : base(nameof(DenseLayers))
    {
        ArgumentNullException.ThrowIfNull(sizes);
        layers = new([.. Enumerable.Range(1, sizes.Count - 1).Select(i => new Projection(sizes[i - 1], sizes[i], hasBias))]);
        this.activation = Activations.Named(activation);
        RegisterComponents();
    }

    /// <param name="input"><c>[..., input]</c>.</param>
    /// <returns><c>[..., output]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        for (var i = 0; i < layers.Count - 1; i++)
        {
            input = layers[i].Activate(input, activation);
        }

        return layers[^1].forward(input);
    }
}
