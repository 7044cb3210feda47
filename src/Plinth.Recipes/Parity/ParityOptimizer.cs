using Plinth.Training.Optimizers;

namespace Plinth.Recipes.Parity;

/// <summary>The reference's plain AdamW: one rate, decay on every weight.</summary>
internal sealed class ParityOptimizer : IDisposable
{
    private readonly double learningRate;
    private readonly List<TrainedWeight> weights;
    private readonly StepOptimizer optimizer;

    public ParityOptimizer(
        IReadOnlyList<KeyValuePair<string, TorchSharp.Modules.Parameter>> parameters,
        double learningRate, double weightDecay, double beta1, double beta2, double epsilon)
    {
        this.learningRate = learningRate;
        weights = [.. parameters.Select(p => new TrainedWeight(p.Key, p.Value))];
        optimizer = new AdamWOptions
        {
            LearningRate = learningRate,
            WeightDecay = weightDecay,
            Decay = DecayScope.All,
            Beta1 = beta1,
            Beta2 = beta2,
            Epsilon = epsilon,
        }.Build(weights);
    }

    public void Step()
    {
        weights.ForEach(weight => weight.Collect());
        optimizer.Step(learningRate);
        optimizer.ZeroGradients();
    }

    public void Dispose()
    {
        optimizer.Dispose();
        weights.ForEach(weight => weight.Dispose());
    }
}
