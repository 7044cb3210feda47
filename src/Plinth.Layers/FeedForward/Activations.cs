using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.FeedForward;

/// <summary>Element-wise non-linearities under the names that config.json uses.</summary>
public static class Activations
{
    private static readonly SortedDictionary<string, Func<Tensor, Tensor>> Known = new(StringComparer.Ordinal)
    {
        // Hendrycks, Gimpel 2016, arXiv:1606.08415: x·Φ(x), and its approximations.
        ["gelu"] = x => nn.functional.gelu(x),
        ["gelu_python"] = x => nn.functional.gelu(x),
        ["gelu_new"] = TanhGelu,
        ["gelu_fast"] = TanhGelu,
        ["gelu_accurate"] = TanhGelu,
        ["gelu_pytorch_tanh"] = TanhGelu,
        ["gelu_10"] = x => nn.functional.gelu(x).clamp(-10, 10),
        ["quick_gelu"] = x => x * (x * 1.702).sigmoid(),
        ["relu"] = x => x.relu(),
        // So et al. 2021, arXiv:2109.08668.
        ["relu2"] = x => x.relu().square(),
        ["relu6"] = x => nn.functional.relu6(x),
        ["leaky_relu"] = x => nn.functional.leaky_relu(x, 0.01),
        ["elu"] = x => nn.functional.elu(x, 1.0),
        ["softplus"] = x => nn.functional.softplus(x),
        ["sigmoid"] = x => x.sigmoid(),
        ["tanh"] = x => x.tanh(),
        ["silu"] = x => nn.functional.silu(x),
        ["swish"] = x => nn.functional.silu(x),
        ["hardswish"] = x => nn.functional.hardswish(x),
        // Misra 2019, arXiv:1908.08681.
        ["mish"] = x => nn.functional.mish(x),
        // Ma et al. 2022, arXiv:2209.10655, appendix: μ = √½, σ = √(1/4π).
        ["laplace"] = x => 0.5 * (1 + ((x - 0.707107) / (0.282095 * Math.Sqrt(2))).erf()),
        ["linear"] = x => x.alias(),
    };

    /// <summary>The names in order.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>The function of that name.</summary>
    /// <exception cref="CheckpointException">There is none.</exception>
    public static Func<Tensor, Tensor> Named(string name) => Known.TryGetValue(name, out var function)
        ? function
        : throw new CheckpointException($"There is no activation '{name}'. Known: {string.Join(", ", Known.Keys)}.");

    private static Tensor TanhGelu(Tensor x) => nn.functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh, false);
}
