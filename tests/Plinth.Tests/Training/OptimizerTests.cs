using Plinth.Core;
using Plinth.Training.Optimizers;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Plinth.Tests.Training;

public class OptimizerTests
{
    [Fact]
    public void Vectors_and_named_weights_do_not_decay()
    {
        using var scope = NewDisposeScope();
        TrainedWeight[] weights = [.. new[] { "matrix", "bias", "token_embedding" }.Select(name => new TrainedWeight(name, new Parameter(name == "bias" ? ones(2) : ones(2, 2))))];
        using var optimizer = new AdamWOptions { WeightDecay = 0.5, WithoutDecay = ["embedding"] }.Build(weights);
        foreach (var weight in weights)
        {
            weight.Parameter.grad = zeros_like(weight.Parameter);
        }

        optimizer.Step(0.1);

        Assert.Equal([0.95, 1, 1], weights.Select(weight => Math.Round(weight.Value.sum().ToDouble() / weight.Value.numel(), 6)));
    }

    [Fact]
    public void A_master_keeps_what_bfloat16_would_lose()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(4));
        using (var weight = new TrainedWeight("w", parameter, Precision.BFloat16))
        {
            using var optimizer = new StochasticGradientDescentOptions().Build([weight]);
            Assert.Equal(ScalarType.BFloat16, parameter.dtype);
            for (var i = 0; i < 100; i++)
            {
                // 1 - 0.0001 rounds to 1 in bfloat16, so without a master nothing would ever change.
                parameter.grad = ones(4, dtype: bfloat16);
                weight.Collect();
                optimizer.Step(1e-4);
                optimizer.ZeroGradients();
            }

            Assert.Equal(0.99, weight.Value[0].ToDouble(), 1e-4);
        }

        Assert.Equal(ScalarType.Float32, parameter.dtype);
        Assert.Equal(0.99, parameter[0].ToDouble(), 1e-4);
    }

    [Fact]
    public void A_converted_parameter_still_gets_gradients()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(2, 2));
        using var weight = new TrainedWeight("w", parameter, Precision.BFloat16);
        for (var i = 0; i < 2; i++)
        {
            parameter.matmul(ones(2, 1, dtype: bfloat16)).sum().backward();
            weight.Collect();
        }

        Assert.Equal([2f, 2, 2, 2], Weights.Numbers(weight.Gradient!));
        Assert.Equal(ScalarType.Float32, weight.Gradient!.dtype);
    }

    [Fact]
    public void Lion_steps_by_the_sign()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(tensor(new float[] { 1, 2 }));
        using var optimizer = new LionOptions { WeightDecay = 0.1, Decay = DecayScope.All }.Build([new("w", parameter)]);
        parameter.grad = tensor(new float[] { 5, -0.1f });

        optimizer.Step(0.01);

        Weights.AreNear([1 - 0.01f - 0.001f, 2 + 0.01f - 0.002f], Weights.Numbers(parameter), 1e-6);
    }

    [Fact]
    public void A_weight_under_two_names_counts_once()
    {
        using var module = new TiedModule();
        using var weights = new TrainedWeights(module, Precision.Float32);

        Assert.Single(weights.All);
        Assert.Equal(6, weights.Count);
    }

    [Fact]
    public void A_frozen_weight_gets_its_own_numbers_back()
    {
        using var module = new TiedModule();
        module.Second.requires_grad = false;
        var before = Weights.Bytes(module);
        using (var weights = new TrainedWeights(module, Precision.BFloat16))
        {
            Assert.Empty(weights.All);
            Assert.All(module.parameters(), parameter => Assert.Equal(ScalarType.BFloat16, parameter.dtype));
            weights.InFullPrecision(() => Assert.Equal(before, Weights.Bytes(module)));
            Assert.All(module.parameters(), parameter => Assert.Equal(ScalarType.BFloat16, parameter.dtype));
        }

        Assert.Equal(before, Weights.Bytes(module));
    }

    [Fact]
    public void Impossible_options_are_named()
    {
        var error = Assert.Throws<RecipeException>(() => new AdamWOptions { Beta2 = 1 }.Validate());
        Assert.Contains("optimizer.beta2", error.Message, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => new StochasticGradientDescentOptions { IsNesterov = true }.Validate());
        Assert.All(OptimizerCatalog.All.Entries, entry => entry.Defaults.Validate());
    }

    private sealed class TiedModule : nn.Module
    {
        private readonly Parameter first;
        private readonly Parameter second;

        public TiedModule()
            : base(nameof(TiedModule))
        {
            first = new Parameter(randn(2, 3));
            second = first;
            RegisterComponents();
        }

        public Parameter Second => second;
    }
}
