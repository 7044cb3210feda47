using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers;

/// <summary>Fresh weights, drawn from torch's random state, which the run's seed sets.</summary>
public static class Initialization
{
    /// <summary>Draws from a normal distribution around 0; nothing happens while weights are not drawn (<see cref="FreshWeights"/>).</summary>
    /// <param name="weight">Filled in place; any shape.</param>
    /// <param name="deviation">Standard deviation.</param>
    public static void Normal(Tensor weight, double deviation)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (!FreshWeights.AreDrawn)
        {
            return;
        }

        using var noGrad = no_grad();
        nn.init.normal_(weight, 0, deviation);
    }

    /// <summary>Draws a convolution so that its gradients keep their variance through a ReLU (He et al. 2015, arXiv:1502.01852, section 2.2, by outputs).</summary>
    /// <param name="weight">Filled in place; <c>[output, input, height, width]</c>.</param>
    public static void KeepVariance(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        Normal(weight, Math.Sqrt(2.0 / (weight.size(0) * weight.size(2) * weight.size(3))));
    }

    /// <summary>
    /// Draws all matrices of a module anew; vectors keep their values (norms 1, biases 0).
    /// </summary>
    /// <param name="module">The module, with everything below it.</param>
    /// <param name="deviation">Standard deviation, <c>initializer_range</c> of config.json.</param>
    public static void AllMatrices(nn.Module module, double deviation)
    {
        ArgumentNullException.ThrowIfNull(module);
        foreach (var (_, parameter) in module.named_parameters())
        {
            if (parameter.dim() > 1)
            {
                Normal(parameter, deviation);
            }
        }
    }

    /// <summary>
    /// Draws the maps that write to the residual stream with a smaller deviation, so that its variance does not grow
    /// with depth (Radford et al. 2019, section 2.3).
    /// </summary>
    /// <param name="projections">Output maps of attention and feed-forward.</param>
    /// <param name="writes">How often a pass writes to the stream: two times per block without memory.</param>
    /// <param name="deviation">Deviation of the other matrices.</param>
    public static void ResidualOutputs(IEnumerable<Projection> projections, int writes, double deviation)
    {
        ArgumentNullException.ThrowIfNull(projections);
        foreach (var projection in projections)
        {
            Normal(projection.Weight, deviation / Math.Sqrt(writes));
        }
    }
}
