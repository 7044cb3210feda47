using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>Steps down the gradient, with momentum if wanted (Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning").</summary>
public sealed class StochasticGradientDescent : StepOptimizer
{
    private readonly StochasticGradientDescentOptions options;

    /// <param name="weights">What is changed.</param>
    /// <param name="options">Settings.</param>
    public StochasticGradientDescent(IReadOnlyList<TrainedWeight> weights, StochasticGradientDescentOptions options)
        : base(weights, options) => this.options = options;

    /// <inheritdoc />
    protected override void Update(WeightState state, Tensor gradient, double learningRate)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(gradient);
        var direction = state.Decay == 0 ? gradient : gradient.add(state.Weight.Value, alpha: state.Decay);
        if (options.Momentum > 0)
        {
            var velocity = state.Get("velocity").mul_(options.Momentum).add_(direction);
            direction = options.IsNesterov ? direction.add(velocity, alpha: options.Momentum) : velocity;
        }

        state.Weight.Value.add_(direction, alpha: -learningRate);
    }
}

/// <summary>Settings of <see cref="StochasticGradientDescent"/>.</summary>
public sealed record StochasticGradientDescentOptions : OptimizerOptions
{
    /// <summary>How much of the velocity is kept per step (0 to 1); 0 keeps none.</summary>
    public double Momentum { get; init; }

    /// <summary>Whether the step looks ahead along the velocity (Nesterov).</summary>
    public bool IsNesterov { get; init; }

    /// <inheritdoc />
    public override int BytesPerNumber() => Momentum > 0 ? 4 : 0;

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        RequireShare(Momentum, "momentum");
        OptionRules.Require(!IsNesterov || Momentum > 0, "optimizer.momentum", Momentum, "above 0 for Nesterov's form");
    }

    /// <inheritdoc />
    public override StepOptimizer Build(IReadOnlyList<TrainedWeight> weights) => new StochasticGradientDescent(weights, this);
}
