using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>Steps by the sign of a mean gradient, which halves the state of Adam (Chen et al. 2023, arXiv:2302.06675).</summary>
public sealed class Lion : StepOptimizer
{
    private readonly LionOptions options;

    /// <param name="weights">What is changed.</param>
    /// <param name="options">Settings.</param>
    public Lion(IReadOnlyList<TrainedWeight> weights, LionOptions options)
        : base(weights, options) => this.options = options;

    /// <inheritdoc />
    protected override void Update(WeightState state, Tensor gradient, double learningRate)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(gradient);
        var mean = state.Get("mean");
        var direction = mean.mul(options.Beta1).add_(gradient, alpha: 1 - options.Beta1).sign_();
        if (state.Decay != 0)
        {
            direction.add_(state.Weight.Value, alpha: state.Decay);
        }

        state.Weight.Value.add_(direction, alpha: -learningRate);
        mean.mul_(options.Beta2).add_(gradient, alpha: 1 - options.Beta2);
    }
}

/// <summary>Settings of <see cref="Lion"/>. Its rate wants to be 3 to 10 times smaller than Adam's, its decay as much larger.</summary>
public sealed record LionOptions : OptimizerOptions
{
    /// <summary>Lion with a tenth of the usual rate.</summary>
    public LionOptions()
    {
        LearningRate = 1e-4;
    }

    /// <summary>Share of the mean in the step (0 to 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>How much of the mean is kept per step (0 to 1).</summary>
    public double Beta2 { get; init; } = 0.99;

    /// <inheritdoc />
    public override int BytesPerNumber() => 4;

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        RequireShare(Beta1, "beta1");
        RequireShare(Beta2, "beta2");
    }

    /// <inheritdoc />
    public override StepOptimizer Build(IReadOnlyList<TrainedWeight> weights) => new Lion(weights, this);
}
