using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>Which side of a projection a <see cref="ScalingAdapter"/> scales.</summary>
public enum ScaledSide
{
    /// <summary>What goes in.</summary>
    Input,

    /// <summary>What comes out.</summary>
    Output,
}

/// <summary>
/// A factor for each component of what goes into a projection or comes out of it ((IA)³: Liu et al. 2022, arXiv:2205.05638). Factors start
/// at 1, so a fresh adapter changes nothing.
/// </summary>
public sealed class ScalingAdapter : ProjectionAdapter
{
    // A vector, so that decay, which pulls matrices to 0, leaves it alone.
    private readonly Parameter factors;
    private readonly ScaledSide side;

    /// <param name="size">Width of that side.</param>
    /// <param name="side">Which side.</param>
    public ScalingAdapter(long size, ScaledSide side)
        : base(nameof(ScalingAdapter))
    {
        this.side = side;
        factors = new Parameter(ones(size));
        RegisterComponents();
    }

    /// <summary>The factors as they multiply the matrix; <c>[1, input]</c> or <c>[output, 1]</c>.</summary>
    public override IReadOnlyList<KeyValuePair<string, Tensor>> Weights => [new(".ia3_l", ForMatrix(factors))];

    /// <inheritdoc />
    public override Tensor Change(Projection slot, Tensor input, Tensor output)
    {
        ArgumentNullException.ThrowIfNull(slot);
        return side == ScaledSide.Output ? (output * factors) - output : slot.Multiply((input * factors) - input);
    }

    /// <inheritdoc />
    public override Tensor WeightChange(Tensor weight) => weight * ForMatrix(factors - 1);

    /// <inheritdoc />
    public override Tensor? BiasChange(Tensor bias) => side == ScaledSide.Output ? bias * (factors - 1) : null;

    private Tensor ForMatrix(Tensor values) => side == ScaledSide.Output ? values.view(-1, 1) : values.view(1, -1);
}

/// <summary>Which projections an (IA)³ scales, and on which side.</summary>
public sealed record ScalingOptions : ProjectionOptions
{
    /// <summary>Whether, of a projection with that name, the input is scaled and not the output: that of the map out of a feed-forward network, unless another is asked for.</summary>
    public Func<string, bool> ScalesInput { get; init; } = name => name.EndsWith(".down", StringComparison.Ordinal);

    /// <summary>Keys and values of attention, and what a feed-forward network has computed, as in the paper.</summary>
    /// <inheritdoc />
    public override bool Suits(string projection) => base.Suits(projection)
        && (ScalesInput(projection) || (projection.Contains("ttention.", StringComparison.Ordinal) && projection[(projection.LastIndexOf('.') + 1)..] is "key" or "value" or "fused"));

    /// <inheritdoc />
    public override ProjectionAdapter Make(string projection, Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return ScalesInput(projection) ? new ScalingAdapter(weight.size(1), ScaledSide.Input) : new(weight.size(0), ScaledSide.Output);
    }
}
