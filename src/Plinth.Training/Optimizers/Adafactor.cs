using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>Keeps the mean square of a matrix as one row and one column, so that its state is almost nothing (Shazeer and Stern 2018, arXiv:1804.04235).</summary>
public sealed class Adafactor : StepOptimizer
{
    private readonly AdafactorOptions options;

    /// <param name="weights">What is changed.</param>
    /// <param name="options">Settings.</param>
    public Adafactor(IReadOnlyList<TrainedWeight> weights, AdafactorOptions options)
        : base(weights, options) => this.options = options;

    /// <inheritdoc />
    protected override void Update(WeightState state, Tensor gradient, double learningRate)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(gradient);
        var weight = state.Weight.Value;
        var rate = Rate(state, learningRate); // a scalar on the device
        var update = Normalized(state, gradient);
        update.div_((RootMean(update) / options.ClipThreshold).clamp_(min: 1));
        update.mul_(rate);
        if (options.Beta1 > 0)
        {
            update = state.Get("mean").mul_(options.Beta1).add_(update, alpha: 1 - options.Beta1);
        }

        if (state.Decay != 0)
        {
            weight.sub_(weight * (rate * state.Decay));
        }

        weight.sub_(update);
    }

    private Tensor Rate(WeightState state, double learningRate)
    {
        var rate = options.RelativeStep
            ? Math.Min(options.WarmsUp ? 1e-6 * state.Step : 1e-2, 1 / Math.Sqrt(state.Step))
            : learningRate;
        return options.ScalesByWeight
            ? RootMean(state.Weight.Value).clamp_(min: options.SmallestScale).mul_(rate)
            : tensor((float)rate, device: state.Weight.Value.device);
    }

    private Tensor Normalized(WeightState state, Tensor gradient)
    {
        var keep = 1 - Math.Pow(state.Step, options.DecayExponent);
        var square = (gradient * gradient).add_(options.SmallestSquare);
        var shape = gradient.shape;
        if (shape.Length < 2)
        {
            return state.Get("square").mul_(keep).add_(square, alpha: 1 - keep).rsqrt().mul_(gradient);
        }

        var rows = state.Get("rows", shape[..^1]).mul_(keep).add_(square.mean([-1]), alpha: 1 - keep);
        var columns = state.Get("columns", [.. shape[..^2], shape[^1]]).mul_(keep).add_(square.mean([-2]), alpha: 1 - keep);
        var rowFactor = (rows / rows.mean([-1], true)).rsqrt_().unsqueeze(-1); // [..., rows, 1]
        return rowFactor * columns.unsqueeze(-2).rsqrt() * gradient;           // [..., rows, columns]
    }

    private static Tensor RootMean(Tensor values) => values.norm() / Math.Sqrt(values.numel());
}

/// <summary>Settings of <see cref="Adafactor"/>.</summary>
public sealed record AdafactorOptions : OptimizerOptions
{
    /// <summary>Whether the rate follows from the step alone; then learning rate and schedule are not used.</summary>
    public bool RelativeStep { get; init; }

    /// <summary>Whether a relative rate begins near 0 and grows by 1e-6 per step.</summary>
    public bool WarmsUp { get; init; }

    /// <summary>Whether steps are in proportion to the size of the weight.</summary>
    public bool ScalesByWeight { get; init; } = true;

    /// <summary>Largest root mean square of a step before the rate.</summary>
    public double ClipThreshold { get; init; } = 1;

    /// <summary>The mean square of step t keeps 1 - t to the power of this (below 0); nearer to 0 forgets sooner.</summary>
    public double DecayExponent { get; init; } = -0.8;

    /// <summary>How much of the mean step is kept (0 to 1); 0 needs no memory for it.</summary>
    public double Beta1 { get; init; }

    /// <summary>Added to squared gradients.</summary>
    public double SmallestSquare { get; init; } = 1e-30;

    /// <summary>Smallest size of a weight that steps are in proportion to.</summary>
    public double SmallestScale { get; init; } = 1e-3;

    /// <inheritdoc />
    public override int BytesPerNumber() => Beta1 > 0 ? 4 : 0;

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        RequireShare(Beta1, "beta1");
        RequirePositive(ClipThreshold, "clip_threshold");
        RequirePositive(SmallestSquare, "smallest_square");
        RequirePositive(SmallestScale, "smallest_scale");
        OptionRules.Require(DecayExponent is < 0 and >= -10, "optimizer.decay_exponent", DecayExponent, "below 0");
    }

    /// <inheritdoc />
    public override StepOptimizer Build(IReadOnlyList<TrainedWeight> weights) => new Adafactor(weights, this);
}
