using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>Steps divided by the root of all squares so far (Duchi, Hazan and Singer 2011, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization").</summary>
public sealed class Adagrad : StepOptimizer
{
    private readonly AdagradOptions options;

    /// <param name="weights">What is changed.</param>
    /// <param name="options">Settings.</param>
    public Adagrad(IReadOnlyList<TrainedWeight> weights, AdagradOptions options)
        : base(weights, options) => this.options = options;

    /// <inheritdoc />
    protected override void Update(WeightState state, Tensor gradient, double learningRate)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(gradient);
        var effective = state.Decay == 0 ? gradient : gradient.add(state.Weight.Value, alpha: state.Decay);
        var sum = state.Get("sum").addcmul_(effective, effective, 1);
        state.Weight.Value.addcdiv_(effective, sum.sqrt().add_(options.Epsilon), -learningRate);
    }
}

/// <summary>Settings of <see cref="Adagrad"/>.</summary>
public sealed record AdagradOptions : OptimizerOptions
{
    /// <summary>Added to the root of the sum of squares.</summary>
    public double Epsilon { get; init; } = 1e-10;

    /// <inheritdoc />
    public override int BytesPerNumber() => 4;

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        RequirePositive(Epsilon, "epsilon");
    }

    /// <inheritdoc />
    public override StepOptimizer Build(IReadOnlyList<TrainedWeight> weights) => new Adagrad(weights, this);
}
