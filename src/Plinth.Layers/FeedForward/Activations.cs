using Plinth.Core;
using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.FeedForward;

/// <summary>An element-wise non-linearity.</summary>
/// <param name="Function">What it computes.</param>
/// <param name="Fused">The same as the end of a linear map, or null where there is none.</param>
/// <param name="Gated">The same of the first tensor, times the second, in one operation; or null where there is none.</param>
public sealed record Activation(Func<Tensor, Tensor> Function, FusedFunction? Fused = null, Func<Tensor, Tensor, Tensor>? Gated = null);

/// <summary>Element-wise non-linearities under the names that config.json uses.</summary>
public static class Activations
{
    private static readonly SortedDictionary<string, Activation> Known = new(StringComparer.Ordinal)
    {
        // Hendrycks, Gimpel 2016, arXiv:1606.08415: x·Φ(x), and its approximations.
        ["gelu"] = new(x => nn.functional.gelu(x), FusedFunction.Gelu),
        ["gelu_python"] = new(x => nn.functional.gelu(x), FusedFunction.Gelu),
        ["gelu_new"] = new(TanhGelu.Apply, FusedFunction.TanhGelu),
        ["gelu_fast"] = new(TanhGelu.Apply, FusedFunction.TanhGelu),
        ["gelu_accurate"] = new(TanhGelu.Apply, FusedFunction.TanhGelu),
        ["gelu_pytorch_tanh"] = new(TanhGelu.Apply, FusedFunction.TanhGelu),
        ["gelu_10"] = new(x => nn.functional.gelu(x).clamp(-10, 10)),
        ["quick_gelu"] = new(x => x * (x * 1.702).sigmoid()),
        ["relu"] = new(x => x.relu(), FusedFunction.Relu),
        // So et al. 2021, arXiv:2109.08668.
        ["relu2"] = new(x => x.relu().square()),
        ["relu6"] = new(x => nn.functional.relu6(x)),
        ["leaky_relu"] = new(x => nn.functional.leaky_relu(x, 0.01)),
        ["elu"] = new(x => nn.functional.elu(x, 1.0)),
        ["softplus"] = new(x => nn.functional.softplus(x)),
        ["sigmoid"] = new(x => x.sigmoid()),
        ["tanh"] = new(x => x.tanh()),
        ["silu"] = new(x => nn.functional.silu(x), Gated: SiluGate.Apply),
        ["swish"] = new(x => nn.functional.silu(x), Gated: SiluGate.Apply),
        ["hardswish"] = new(x => nn.functional.hardswish(x)),
        // Misra 2019, arXiv:1908.08681.
        ["mish"] = new(x => nn.functional.mish(x)),
        // Ma et al. 2022, arXiv:2209.10655, appendix: μ = √½, σ = √(1/4π).
        ["laplace"] = new(x => 0.5 * (1 + ((x - 0.707107) / (0.282095 * Math.Sqrt(2))).erf())),
        ["linear"] = new(x => x.alias()),
    };

    /// <summary>The names in order.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>The activation of that name.</summary>
    /// <exception cref="CheckpointException">There is none.</exception>
    public static Activation Named(string name) => Known.TryGetValue(name, out var activation)
        ? activation
        : throw new CheckpointException($"There is no activation '{name}'. Known: {string.Join(", ", Known.Keys)}.");

}
