using Plinth.Core.Checkpoints;
using Plinth.Recipes.Parity;
using Plinth.Training.Optimizers;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Plinth.Tests.Training;

/// <summary>States of optimizers on fixed gradients; their steps are compared in <see cref="Recipes.NumericParityTests"/>.</summary>
public class NumericOptimizersTests
{
    public static TheoryData<string> Names => [.. NumericCase.Optimizers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_exported_state_goes_on_to_the_same_bits(string name)
    {
        using var scope = NewDisposeScope();
        using var file = Open();
        var options = NumericCase.Optimizers[name].Options;
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
