using Plinth.Core;
using Plinth.Training;
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

    [Theory]
    [InlineData("adamw")]
    [InlineData("lion")]
    public void A_weight_with_a_factor_on_its_rate_goes_where_the_plain_one_times_the_factor_goes(string name)
    {
        const double factor = 0.25;
        using var scope = NewDisposeScope();
        var options = OptimizerCatalog.All[name].Defaults with { WeightDecay = 0.5 };
        options = options is AdamOptions adam ? adam with { Epsilon = 1e-12 } : options;
        Parameter plain = new(arange(6, ScalarType.Float32).view(2, 3) - 2), scaled = new((arange(6, ScalarType.Float32).view(2, 3) - 2) * factor);
        TrainedWeight[] weights = [new("plain", plain), new("scaled", scaled)];
        _ = new LayerRates(weights, new() { Steps = 1, RateFactors = new Dictionary<string, double> { ["scaled"] = factor } });
        using var optimizer = options.Build(weights);
        for (var i = 1; i < 6; i++)
        {
            var wanted = tensor(new float[] { 1, -2, 0.3f }) * i;
            ((plain * factor - wanted).square().sum() + (scaled - wanted).square().sum()).backward();
            optimizer.Step(0.1);
            optimizer.ZeroGradients();
        }

        Assert.True((plain * factor).allclose(scaled, 1e-4, 1e-5), name);
        Assert.False((plain * factor).allclose((arange(6, ScalarType.Float32).view(2, 3) - 2) * factor), name);
    }

    [Fact]
    public void A_run_with_other_factors_does_not_go_on_from_a_snapshot()
    {
        SortedDictionary<string, string> Of(params double[] factors) =>
            new TrainerOptions { Steps = 1, RateFactors = factors.Index().ToDictionary(entry => $"{entry.Index}", entry => entry.Item) }.Fingerprint();
        Assert.DoesNotContain("rate_factors", Of().Keys);
        Assert.Equal("[0.5,1]", Of(1, 0.5, 1)["rate_factors"]);
        Assert.NotEqual(Of(1, 0.25)["rate_factors"], Of(1, 0.5)["rate_factors"]);
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

    // By the loops of our own, where the machine has them, and by libtorch's kernels, which alone know the largest square.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Moments_in_bfloat16_lead_where_those_in_float32_lead(bool keepsLargest)
    {
        using var scope = NewDisposeScope();
        const int count = 5_003;
        var ends = new[] { Precision.Float32, Precision.BFloat16 }.Select(moments =>
        {
            using var generator = manual_seed(11);
            var parameter = new Parameter(zeros(count));
            using var weight = new TrainedWeight("w", parameter);
            using var optimizer = new AdamOptions { Moments = moments, KeepsLargestSquare = keepsLargest }.Build([weight]);
            for (var i = 0; i < 300; i++)
            {
                parameter.grad = randn(count) + linspace(-1, 1, count);
                optimizer.Step(1e-3);
                optimizer.ZeroGradients();
            }

            var state = optimizer.ExportState();
            Assert.All(new[] { "mean:w", "square:w" }, name => Assert.Equal(moments == Precision.Float32 ? ScalarType.Float32 : ScalarType.BFloat16, state[name].dtype));
            // It goes on from what it exported.
            using var again = new AdamOptions { Moments = moments, KeepsLargestSquare = keepsLargest }.Build([weight]);
            again.ImportState(state);
            Assert.True(again.ExportState().All(entry => entry.Value.dtype == state[entry.Key].dtype && entry.Value.equal(state[entry.Key]).all().ToBoolean()));
            return parameter.detach().clone();
        }).ToList();

        // Weights went as far as 0.3; rounding moves each by about a hundredth of that and none of them all to one side.
        var difference = ends[1] - ends[0];
        Assert.InRange(ends[0].abs().max().ToDouble(), 0.1, 0.4);
        Assert.InRange(difference.abs().max().ToDouble(), 1e-7, 5e-3);
        Assert.InRange(difference.mean().abs().ToDouble(), 0, 5e-5);
    }

    [Fact]
    public void Rounding_by_chance_takes_one_of_the_next_two_and_is_right_on_average()
    {
        using var scope = NewDisposeScope();
        const float exact = 1 + (0.3f / 128);
        var rounded = zeros(100_000, bfloat16);
        StochasticRounding.Copy(full(100_000, exact), rounded, 3);
        Assert.Equal([1, 1 + (1f / 128)], Weights.Numbers(rounded.to(float32).unique().output));
        Assert.InRange(rounded.to(float64).mean().ToDouble(), exact - 6e-5, exact + 6e-5);
        var (again, other) = (zeros_like(rounded), zeros_like(rounded));
        StochasticRounding.Copy(full(100_000, exact), again, 3);
        StochasticRounding.Copy(full(100_000, exact), other, 4);
        Assert.True(again.equal(rounded).all().ToBoolean());
        Assert.False(other.equal(rounded).all().ToBoolean());
    }

    [Fact]
    public void A_state_of_other_numbers_is_refused()
    {
        using var scope = NewDisposeScope();
        using var weight = new TrainedWeight("w", new Parameter(zeros(3)));
        using var optimizer = new AdamOptions().Build([weight]);
        var state = new Dictionary<string, Tensor> { ["steps"] = tensor(new[] { 1L }), ["mean:w"] = zeros(3, int32) };
        Assert.Contains("mean:w", Assert.Throws<BadInputException>(() => optimizer.ImportState(state)).Message, StringComparison.Ordinal);
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
    public void Gradients_of_several_passes_are_summed_in_float32()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(1));
        using var weight = new TrainedWeight("w", parameter, Precision.BFloat16);
        // In bfloat16 1 + 2⁻¹⁰ is 1.
        foreach (var part in new[] { 1, 1.0 / 1024, 1.0 / 1024 })
        {
            parameter.grad = full([1], part, dtype: bfloat16);
            weight.Collect();
            Assert.Null(parameter.grad);
        }

        Assert.Equal([1 + (1f / 512)], Weights.Numbers(weight.Gradient!));
    }

    [Fact]
    public void Adam_takes_the_same_steps_from_a_bfloat16_gradient_as_from_its_float32_copy()
    {
        using var scope = NewDisposeScope();
        using var generator = manual_seed(5);
        var gradient = randn(1000).to(bfloat16);
        var (narrow, wide) = (new Parameter(ones(1000)), new Parameter(ones(1000)));
        using var inBFloat16 = new TrainedWeight("w", narrow, Precision.BFloat16);
        using var inFloat32 = new TrainedWeight("w", wide);
        foreach (var (weight, type) in new[] { (inBFloat16, bfloat16), (inFloat32, float32) })
        {
            using var optimizer = new AdamWOptions().Build([weight]);
            for (var step = 0; step < 2; step++)
            {
                weight.Parameter.grad = gradient.to(type, copy: true);
                weight.Collect();
                optimizer.ClipGradients(0.5);
                optimizer.Step(0.01);
                optimizer.ZeroGradients();
            }
        }

        Assert.True(inBFloat16.Value.Equals(inFloat32.Value));
        Assert.True(narrow.Equals(wide.detach().to(bfloat16)));
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

    [Theory]
    [InlineData(6, 4)]
    [InlineData(3, 8)]
    public void Muon_steps_along_singular_vectors_with_values_near_one(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        using var generator = manual_seed(4);
        var parameter = new Parameter(randn(rows, columns));
        var before = parameter.detach().to(float64);
        var options = new MuonOptions { WeightDecay = 0.3 };
        using var optimizer = options.Build([new("layer", parameter)]);
        parameter.grad = randn(rows, columns);
        // The same by another way: each singular value through the scalar polynomial, five times.
        var (left, values, right) = linalg.svd(parameter.grad!.to(float64), fullMatrices: false);
        var size = values.norm().ToDouble();
        double[] near = [.. values.data<double>().ToArray().Select(value => Enumerable.Range(0, 5).Aggregate(value / size, (x, _) => (3.4445 * x) - (4.775 * x * x * x) + (2.0315 * Math.Pow(x, 5))))];

        optimizer.Step(0.02);

        Assert.All(near, value => Assert.InRange(value, 0.6, 1.3));
        var expected = (before * (1 - (0.02 * 0.3))) - (left.matmul(diag(tensor(near))).matmul(right) * (0.02 * 0.2 * Math.Sqrt(Math.Max(rows, columns))));
        Weights.AreNear(Weights.Numbers(expected.to(float32)), Weights.Numbers(parameter), 1e-5);
    }

    [Fact]
    public void Muon_leaves_vectors_embeddings_and_heads_to_AdamW()
    {
        using var scope = NewDisposeScope();
        (string Name, long[] Shape)[] shapes = [("backbone.embeddings.words", [4, 3]), ("backbone.layer.bias", [3]), ("head.classifier.weight", [2, 3]), ("backbone.layer.weight", [3, 3])];
        Parameter[] Made() => [.. shapes.Select(shape => new Parameter(ones(shape.Shape)))];
        var (ours, theirs) = (Made(), Made());
        using var muon = new MuonOptions { WeightDecay = 0.1, Beta2 = 0.9 }.Build([.. shapes.Zip(ours, (shape, parameter) => new TrainedWeight(shape.Name, parameter))]);
        using var adam = new AdamWOptions { WeightDecay = 0.1, Beta2 = 0.9 }.Build([.. shapes.Zip(theirs, (shape, parameter) => new TrainedWeight(shape.Name, parameter))]);
        for (var step = 0; step < 3; step++)
        {
            using var generator = manual_seed(step);
            foreach (var (one, other) in ours.Zip(theirs))
            {
                one.grad = randn(one.shape);
                other.grad = one.grad!.clone();
            }

            muon.Step(0.01);
            adam.Step(0.01);
        }

        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(Weights.Numbers(theirs[i]), Weights.Numbers(ours[i])));
        Assert.NotEqual(Weights.Numbers(theirs[3]), Weights.Numbers(ours[3]));
        Assert.Contains("momentum:backbone.layer.weight", muon.ExportState().Keys);
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
    public void What_is_done_to_lent_masters_is_taken_over()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Linear(400, 400);
        using var weights = new TrainedWeights(module, Precision.BFloat16);
        var before = module.weight.detach().clone();
        weights.InFullPrecision(() =>
        {
            Assert.Equal(ScalarType.Float32, module.weight.dtype);
            using var noGrad = no_grad();
            module.weight.mul_(2);
        });

        Assert.Equal(ScalarType.BFloat16, module.weight.dtype);
        Assert.True(module.weight.detach().Equals(before * 2));
        Assert.True(module.weight.detach().Equals(weights.All[0].Value.to(bfloat16)));
    }

    [Fact]
    public void What_is_read_into_a_frozen_weight_is_kept()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Linear(400, 400);
        module.weight.requires_grad = false;
        var before = module.weight.detach().clone();
        using (var weights = new TrainedWeights(module, Precision.BFloat16))
        {
            weights.InFullPrecision(() =>
            {
                using var noGrad = no_grad();
                module.weight.mul_(3);
            });
            Assert.True(module.weight.detach().Equals((before * 3).to(bfloat16)));
        }

        Assert.True(module.weight.detach().Equals(before * 3));
    }

    [Fact]
    public void Gradients_are_measured_together_and_block_by_block()
    {
        using var scope = NewDisposeScope();
        TrainedWeight[] weights = [.. new[] { "layers.0.a", "layers.0.b", "layers.1.a", "head.bias" }.Select(name => new TrainedWeight(name, new Parameter(zeros(1))))];
        using var optimizer = new AdamWOptions().Build(weights);
        foreach (var (weight, length) in weights.Zip([3.0f, 4, 12]))
        {
            weight.Parameter.grad = full(1, length);
        }

        var norms = optimizer.ClipGradients(null);

        Assert.Equal(13, norms.Total.ToDouble(), 1e-6);
        Assert.Equal(["layers.0", "layers.1"], norms.ByBlock().Keys);   // the head had no gradient
        Assert.Equal([5, 12], norms.ByBlock().Values.Select(norm => Math.Round(norm, 5)));
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
