using Plinth.Core;

namespace Plinth.Training.Optimizers;

/// <summary>One optimizer that recipes can name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Defaults">Its settings when nothing is said; their type is what options bind to.</param>
public sealed record OptimizerEntry(string Name, OptimizerOptions Defaults);

/// <summary>The shelf of optimizers.</summary>
public static class OptimizerCatalog
{
    /// <summary>All optimizers by name.</summary>
    public static Catalog<OptimizerEntry> All { get; } = new(
        "optimizer",
        [
            new("adafactor", new AdafactorOptions()),
            new("adagrad", new AdagradOptions { LearningRate = 1e-2 }),
            new("adam", new AdamOptions()),
            new("adamw", new AdamWOptions()),
            new("lion", new LionOptions()),
            new("muon", new MuonOptions()),
            new("rmsprop", new RootMeanSquareOptions { LearningRate = 1e-2 }),
            new("sgd", new StochasticGradientDescentOptions()),
        ],
        entry => entry.Name);
}
