using Plinth.Core.Native;
using Plinth.Layers;
using Plinth.Layers.FeedForward;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers;

public sealed class LinearMapTests
{
    // Sizes on both sides of the limits under which libtorch's own map is taken, with few and with many rows and columns, and with the
    // widths at which libtorch 2.10's convolution by oneDNN, which was the other way to this speed, gives wrong columns.
    [Theory]
    [InlineData(3, 5, 7)]
    [InlineData(37, 300, 211)]
    [InlineData(768, 128, 512)]
    [InlineData(1000, 64, 1024)]
    [InlineData(128, 512, 128)]
    [InlineData(1, 1536, 2048)]
    [InlineData(2000, 33, 65)]
    [InlineData(500, 300, 700)]
    [InlineData(300, 1024, 256)]
    public void Equals_the_product_in_double(long rows, long inputs, long outputs)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        Tensor input = randn(rows, inputs), weight = randn(outputs, inputs), bias = randn(outputs), gradient = randn(rows, outputs);
        var exact = Results(input.to(ScalarType.Float64), weight.to(ScalarType.Float64), bias.to(ScalarType.Float64), gradient.to(ScalarType.Float64), nn.functional.linear);
        var actual = Results(input, weight, bias, gradient, (x, w, b) => LinearMap.Apply(x, w, b));
        foreach (var (expected, found) in exact.Zip(actual))
        {
            var scale = expected.abs().max().ToDouble();
            Assert.Equal(expected.shape, found.shape);
            Assert.True((expected - found).abs().max().ToDouble() < 3e-6 * scale);
        }
    }

    // On both sides of the limits under which libtorch's own map is taken, with a vector and without.
    [Theory]
    [InlineData(37, 300, 211, true)]
    [InlineData(256, 384, 512, true)]
    [InlineData(256, 512, 384, false)]
    [InlineData(300, 256, 1024, true)]
    [InlineData(64, 1024, 257, false)]
    [InlineData(1024, 256, 320, false)]
    [InlineData(1100, 390, 1000, true)]
    public void Equals_the_product_of_bfloat16_summed_in_double(long rows, long inputs, long outputs, bool hasBias)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        Tensor Numbers(params long[] shape) => randn(shape).to(ScalarType.BFloat16);
        Tensor input = Numbers(rows, inputs), weight = Numbers(outputs, inputs), gradient = Numbers(rows, outputs);
        var bias = hasBias ? Numbers(outputs) * 50 : null;   // which would be lost in a product that was rounded before its addition
        Tensor[] actual = [.. new[] { input, weight, bias }.OfType<Tensor>().Select(tensor => tensor.detach().requires_grad_())];
        Tensor[] exact = [.. actual.Select(tensor => tensor.detach().to(ScalarType.Float64).requires_grad_())];
        var found = LinearMap.Apply(actual[0], actual[1], actual.ElementAtOrDefault(2));
        var expected = nn.functional.linear(exact[0], exact[1], exact.ElementAtOrDefault(2));
        found.backward([gradient]);
        expected.backward([gradient.to(ScalarType.Float64)]);
        Assert.All(exact.Select(tensor => tensor.grad!).Prepend(expected.detach()).Zip(actual.Select(tensor => tensor.grad!).Prepend(found.detach())), pair =>
        {
            Assert.Equal(pair.First.shape, pair.Second.shape);
            Assert.True((pair.First - pair.Second).abs().max().ToDouble() < 4.5e-3 * pair.First.abs().max().ToDouble());
        });
    }

    // A sum's gradient is one number, seen everywhere; and a vector may be seen in each row.
    [Fact]
    public void Numbers_that_are_seen_in_many_places_count_in_each()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(6);
        var (vector, weight) = (randn(1, 512), randn(512, 512).requires_grad_());
        LinearMap.Apply(vector.expand(300, 512), weight).sum().backward();
        Assert.InRange((weight.grad! - (vector * 300)).abs().max().ToDouble(), 0, 2e-5 * 300 * vector.abs().max().ToDouble());   // adding one number 300 times always errs to the same side
    }

    // What the optimizer and further gradients are added to: a transposed one would be copied or walked across.
    [Theory]
    [InlineData(ScalarType.Float32, 300, 256, 1024)]
    [InlineData(ScalarType.Float32, 300, 1024, 256)]
    [InlineData(ScalarType.BFloat16, 300, 256, 1024)]
    [InlineData(ScalarType.BFloat16, 1300, 256, 1024)]
    public void The_gradient_of_a_weight_lies_in_memory_as_the_weight_does(ScalarType type, long rows, long inputs, long outputs)
    {
        using var scope = NewDisposeScope();
        var (input, weight) = (randn(rows, inputs).to(type), randn(outputs, inputs).to(type).requires_grad_());
        LinearMap.Apply(input, weight).square().sum().backward();
        Assert.True(weight.grad!.is_contiguous());
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(true, true, true)]
    public void Gives_gradients_only_where_they_are_asked_for(bool ofInput, bool ofWeight, bool ofBias)
    {
        using var scope = NewDisposeScope();
        Tensor input = randn(40, 4, 256), weight = randn(256, 256), bias = randn(256);
        (input.requires_grad, weight.requires_grad, bias.requires_grad) = (ofInput, ofWeight, ofBias);
        LinearMap.Apply(input, weight, bias).square().sum().backward();
        Assert.Equal((ofInput, ofWeight, ofBias), (input.grad is not null, weight.grad is not null, bias.grad is not null));
    }

    [Fact]
    public void Takes_strided_operands_and_no_bias()
    {
        using var scope = NewDisposeScope();
        Tensor input = randn(256, 4, 300).transpose(0, 1), weight = randn(300, 128).t();
        var found = LinearMap.Apply(input, weight);
        Assert.True((found - input.matmul(weight.t())).abs().max().ToDouble() < 1e-3);
        Assert.Equal([4, 256, 128], found.shape);
    }

    [Fact]
    public void Gradients_have_gradients()
    {
        using var scope = NewDisposeScope();
        Tensor input = randn(256, 256, requires_grad: true), weight = randn(256, 256, requires_grad: true);
        var first = autograd.grad([LinearMap.Apply(input, weight).square().sum()], [input], retain_graph: true, create_graph: true)[0];
        var second = autograd.grad([first.square().sum()], [weight])[0];
        var plain = autograd.grad([nn.functional.linear(input, weight).square().sum()], [input], retain_graph: true, create_graph: true)[0];
        var expected = autograd.grad([plain.square().sum()], [weight])[0];
        Assert.True((second - expected).abs().max().ToDouble() < 1e-4 * expected.abs().max().ToDouble());
    }

    [Theory]
    [InlineData(32_768)]
    [InlineData(40_009)]
    public void The_gradient_of_a_tall_bfloat16_weight_is_that_of_each_row(long rows)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        var (input, gradient) = (randn(24, 32).to(ScalarType.BFloat16).requires_grad_(), randn(24, rows).to(ScalarType.BFloat16));
        var (weight, bias) = (randn(rows, 32).to(ScalarType.BFloat16).requires_grad_(), zeros(rows, ScalarType.BFloat16).requires_grad_());
        LinearMap.Apply(input, weight, bias).backward([gradient]);
        Near(Exact(gradient).mm(Exact(weight)), input.grad!);
        Near(Exact(gradient).t().mm(Exact(input)), weight.grad!);
        Near(Exact(gradient).sum([0L]), bias.grad!);

        static Tensor Exact(Tensor numbers) => numbers.detach().to(ScalarType.Float64);
        static void Near(Tensor exact, Tensor found) => Assert.InRange(((exact - found).abs().max() / exact.abs().max()).ToDouble(), 0, 4e-3);
    }

    [Fact]
    public void Many_steps_leave_memory_as_it_is()
    {
        using var outer = NewDisposeScope();
        Tensor input = randn(256, 256, requires_grad: true), weight = randn(256, 256, requires_grad: true), bias = randn(256, requires_grad: true);
        Steps(200);
        var before = NativeHeap.InUse;
        Steps(800);

        // 800 steps of which each kept a single one of its tensors would be 200 MB.
        Assert.InRange(NativeHeap.InUse - before, long.MinValue, 16L << 20);

        void Steps(int count)
        {
            for (var step = 0; step < count; step++)
            {
                using var scope = NewDisposeScope();
                LinearMap.Apply(LinearMap.Apply(input, weight, bias), weight, bias).sum().backward();
                (input.grad, weight.grad, bias.grad) = (null, null, null);
            }
        }
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("gelu")]
    [InlineData("gelu_new")]
    [InlineData("silu")]
    public void An_activation_in_the_same_pass_equals_one_after_it(string name)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        var activation = Activations.Named(name);
        using var map = new Projection(300, 400);
        var input = randn(7, 64, 300) * 10;
        var exact = activation.Function(nn.functional.linear(input.to(ScalarType.Float64), map.Weight.to(ScalarType.Float64), map.Bias!.to(ScalarType.Float64))).detach();
        var recorded = map.Activate(input, activation);
        Assert.True(recorded.requires_grad);
        using (no_grad())
        {
            foreach (var found in (Tensor[])[map.Activate(input, activation), recorded])
            {
                Assert.True((exact - found).abs().max().ToDouble() < 3e-6 * exact.abs().max().ToDouble());
            }
        }
    }

    private static List<Tensor> Results(Tensor input, Tensor weight, Tensor bias, Tensor gradient, Func<Tensor, Tensor, Tensor?, Tensor> map)
    {
        var (x, w, b) = (input.detach().requires_grad_(), weight.detach().requires_grad_(), bias.detach().requires_grad_());
        var output = map(x, w, b);
        output.backward([gradient]);
        using (no_grad())
        {
            return [output.detach(), map(x, w, b), x.grad!, w.grad!, b.grad!];
        }
    }
}
