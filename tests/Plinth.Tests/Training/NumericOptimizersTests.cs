using Plinth.Core.Checkpoints;
using Plinth.Tests.Core;
using Plinth.Training.Optimizers;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Training;

/// <summary>Fixed gradients, against the reference's weights after each step.</summary>
public class NumericOptimizersTests
{
    private static readonly Dictionary<string, (OptimizerOptions Options, double? MaximumNorm)> runs = new()
    {
        ["adamw"] = (new AdamWOptions { LearningRate = 0.01, WeightDecay = 0.1, Decay = DecayScope.All }, null),
        ["adamw_clip"] = (new AdamWOptions { LearningRate = 0.01, Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-6, Decay = DecayScope.All }, 1),
        ["adam"] = (new AdamOptions { LearningRate = 0.01, WeightDecay = 0.1, Decay = DecayScope.All }, null),
        ["adam_amsgrad"] = (new AdamOptions { LearningRate = 0.01, KeepsLargestSquare = true }, null),
        ["sgd"] = (new StochasticGradientDescentOptions { LearningRate = 0.1 }, null),
        ["sgd_momentum"] = (new StochasticGradientDescentOptions { LearningRate = 0.1, Momentum = 0.9, WeightDecay = 0.01, Decay = DecayScope.All }, null),
        ["sgd_nesterov"] = (new StochasticGradientDescentOptions { LearningRate = 0.1, Momentum = 0.9, IsNesterov = true }, null),
        ["rmsprop"] = (new RootMeanSquareOptions { LearningRate = 0.01 }, null),
        ["adagrad"] = (new AdagradOptions { LearningRate = 0.1 }, null),
        ["adafactor"] = (new AdafactorOptions { RelativeStep = true }, null),
        ["adafactor_lr"] = (new AdafactorOptions { LearningRate = 0.01, ScalesByWeight = false, WeightDecay = 0.01, Beta1 = 0.9, Decay = DecayScope.All }, null),
    };

    public static TheoryData<string> Names => [.. runs.Keys];

    [Fact]
    public void Every_run_of_the_reference_is_tested()
    {
        using var file = Open();
        var tags = file.Entries.Keys.Where(name => name.EndsWith(".w", StringComparison.Ordinal)).Select(name => name[..^2]);
        Assert.Equal(tags.Order(StringComparer.Ordinal), runs.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_are_those_of_the_reference(string name)
    {
        using var scope = NewDisposeScope();
        using var file = Open();
        var (options, maximumNorm) = runs[name];
        var weight = new Parameter(file.Read("w0"));
        var bias = new Parameter(file.Read("b0"));
        using var optimizer = options.Build([new("w", weight), new("b", bias)]);
        var expectedWeight = file.Read(name + ".w");
        var expectedBias = file.Read(name + ".b");
        for (var step = 0; step < expectedWeight.size(0); step++)
        {
            weight.grad = file.Read("grad_w")[step].clone();
            bias.grad = file.Read("grad_b")[step].clone();
            var norm = optimizer.ClipGradients(maximumNorm);
            if (maximumNorm is not null)
            {
                Assert.Equal(file.Read(name + ".grad_norms")[step].ToDouble(), norm.ToDouble(), 1e-5);
            }

            optimizer.Step(options.LearningRate);
            optimizer.ZeroGradients();
            Weights.AreNear(Weights.Numbers(expectedWeight[step]), Weights.Numbers(weight), 2e-6);
            Weights.AreNear(Weights.Numbers(expectedBias[step]), Weights.Numbers(bias), 2e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_exported_state_goes_on_to_the_same_bits(string name)
    {
        using var scope = NewDisposeScope();
        using var file = Open();
        var options = runs[name].Options;
        byte[] Run(bool exchanges)
        {
            var weight = new Parameter(file.Read("w0"));
            var bias = new Parameter(file.Read("b0"));
            TrainedWeight[] weights = [new("w", weight), new("b", bias)];
            var optimizer = options.Build(weights);
            for (var step = 0; step < 6; step++)
            {
                if (exchanges && step == 3)
                {
                    var copies = optimizer.ExportState().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
                    optimizer.Dispose();
                    optimizer = options.Build(weights);
                    optimizer.ImportState(copies);
                }

                weight.grad = file.Read("grad_w")[step].clone();
                bias.grad = file.Read("grad_b")[step].clone();
                optimizer.Step(options.LearningRate);
                optimizer.ZeroGradients();
            }

            optimizer.Dispose();
            return [.. weight.detach().bytes.ToArray(), .. bias.detach().bytes.ToArray()];
        }

        Assert.Equal(Run(exchanges: false), Run(exchanges: true));
    }

    private static SafetensorsFile Open() => SafetensorsFile.Open(Path.Combine(Fixtures.Folder("num-optimizers"), "expected.safetensors"));
}
