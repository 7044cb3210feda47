using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>RMSprop: steps divided by the root of the running mean square (Tieleman and Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning").</summary>
public sealed class RootMeanSquare : StepOptimizer
{
    private readonly RootMeanSquareOptions options;

    /// <param name="weights">What is changed.</param>
    /// <param name="options">Settings.</param>
    public RootMeanSquare(IReadOnlyList<TrainedWeight> weights, RootMeanSquareOptions options)
        : base(weights, options) => this.options = options;

    /// <inheritdoc />
    protected override void Update(WeightState state, Tensor gradient, double learningRate)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(gradient);
        var effective = state.Decay == 0 ? gradient : gradient.add(state.Weight.Value, alpha: state.Decay);
        var square = state.Get("square").mul_(options.Smoothing).addcmul_(effective, effective, 1 - options.Smoothing);
        var denominator = square.sqrt().add_(options.Epsilon);
        if (options.Momentum > 0)
        {
            var velocity = state.Get("velocity").mul_(options.Momentum).addcdiv_(effective, denominator, 1);
            state.Weight.Value.add_(velocity, alpha: -learningRate);
        }
        else
        {
            state.Weight.Value.addcdiv_(effective, denominator, -learningRate);
        }
    }
}

/// <summary>Settings of <see cref="RootMeanSquare"/>.</summary>
public sealed record RootMeanSquareOptions : OptimizerOptions
{
    /// <summary>How much of the mean square is kept per step (0 to 1).</summary>
    public double Smoothing { get; init; } = 0.99;

    /// <summary>How much of the velocity is kept per step (0 to 1); 0 keeps none.</summary>
    public double Momentum { get; init; }

    /// <summary>Added to the root of the mean square.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <inheritdoc />
    public override int BytesPerNumber() => Momentum > 0 ? 8 : 4;

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        RequireShare(Smoothing, "smoothing");
        RequireShare(Momentum, "momentum");
        RequirePositive(Epsilon, "epsilon");
    }

    /// <inheritdoc />
    public override StepOptimizer Build(IReadOnlyList<TrainedWeight> weights) => new RootMeanSquare(weights, this);
}
