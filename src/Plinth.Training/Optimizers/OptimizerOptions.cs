namespace Plinth.Training.Optimizers;

/// <summary>Which weights decay.</summary>
public enum DecayScope
{
    /// <summary>Matrices and larger; biases and norms, which are vectors, do not.</summary>
    Matrices,

    /// <summary>All weights.</summary>
    All,
}

/// <summary>What all optimizers share. Each optimizer has a record of its own with what it adds.</summary>
public abstract record OptimizerOptions
{
    /// <summary>Highest learning rate, which the schedule scales; too high diverges, too low wastes the run.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Pull of the weights to 0; 0 turns it off.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Which weights decay.</summary>
    public DecayScope Decay { get; init; } = DecayScope.Matrices;

    /// <summary>Weights whose name contains one of these do not decay, for example <c>embedding</c>.</summary>
    public IReadOnlyList<string> WithoutDecay { get; init; } = [];

    /// <summary>Bytes that the optimizer remembers of each number it changes, at least.</summary>
    public abstract int BytesPerNumber();

    /// <summary>Checks the values.</summary>
    /// <exception cref="Core.RecipeException">A value is impossible.</exception>
    public virtual void Validate()
    {
        OptionRules.Require(LearningRate is >= 0 and < 1e4, "optimizer.learning_rate", LearningRate, "0 or more");
        OptionRules.Require(WeightDecay is >= 0 and < 1e4, "optimizer.weight_decay", WeightDecay, "0 or more");
        OptionRules.Require(Enum.IsDefined(Decay), "optimizer.decay", Decay, "one of " + string.Join(", ", Enum.GetNames<DecayScope>()));
    }

    /// <summary>Makes the optimizer of these weights.</summary>
    public abstract StepOptimizer Build(IReadOnlyList<TrainedWeight> weights);

    /// <summary>How much a weight decays.</summary>
    internal double DecayOf(TrainedWeight weight) =>
        (Decay == DecayScope.All || weight.Value.dim() >= 2) && !WithoutDecay.Any(part => weight.Name.Contains(part, StringComparison.OrdinalIgnoreCase))
            ? WeightDecay * weight.DecayFactor
            : 0;

    /// <summary>Checks a value that is a share.</summary>
    protected static void RequireShare(double value, string name) =>
        OptionRules.Require(value is >= 0 and < 1, "optimizer." + name, value, "0 or more and below 1");

    /// <summary>Checks a value that keeps a division finite.</summary>
    protected static void RequirePositive(double value, string name) =>
        OptionRules.Require(value is > 0 and < 1e6, "optimizer." + name, value, "above 0");
}
