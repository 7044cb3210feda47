using Plinth.Layers.Convolution;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers.Convolution;

public sealed class ConvolutionTests
{
    // 1×1 at widths where libtorch 2.10's own convolution in this layout was seen to give wrong channels on two threads of one kind of
    // processor, and all other kernels over widths of the same kind: a processor where they are wrong too fails here.
    [Theory]
    [InlineData(128, 512, 1, 1, false)]
    [InlineData(384, 2048, 1, 1, false)]
    [InlineData(64, 256, 1, 2, false)]
    [InlineData(512, 128, 1, 1, false)]
    [InlineData(1024, 2048, 1, 2, false)]
    [InlineData(3, 64, 7, 2, false)]
    [InlineData(64, 64, 3, 1, false)]
    [InlineData(128, 512, 3, 1, false)]
    [InlineData(128, 128, 3, 2, false)]
    [InlineData(384, 384, 3, 1, false)]
    [InlineData(33, 65, 3, 2, false)]
    [InlineData(96, 96, 7, 1, true)]
    [InlineData(384, 384, 7, 1, true)]
    [InlineData(37, 37, 3, 2, true)]
    public void Equals_the_convolution_in_double(int inputs, int outputs, int kernel, int step, bool isDepthwise)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        using var layer = new Plinth.Layers.Convolution.Convolution(
            new() { InputSize = inputs, OutputSize = outputs, KernelSize = kernel, Step = step, IsDepthwise = isDepthwise, HasBias = true });
        var bias = layer.get_parameter("bias")!;
        nn.init.normal_(bias);
        foreach (var (rows, columns) in ((long, long)[])[(14, 14), (7, 9)])
        {
            var input = randn(2, rows, columns, inputs);
            var gradient = randn(2, (rows + step - 1) / step, (columns + step - 1) / step, outputs);
            var (weight, wideBias) = (Wide(layer.get_parameter("weight")!), Wide(bias));
            foreach (var seen in (Tensor[])[input, input.permute(0, 3, 1, 2).contiguous().permute(0, 2, 3, 1)])
            {
                var (x, wideX) = (seen.detach().requires_grad_(), Wide(input));
                (weight.grad, wideBias.grad) = (null, null);
                layer.zero_grad();
                var found = layer.forward(x);
                var exact = nn.functional.conv2d(
                    wideX.permute(0, 3, 1, 2), weight, wideBias, [(long)step, step], [kernel / 2L, kernel / 2L], groups: isDepthwise ? inputs : 1).permute(0, 2, 3, 1);
                found.backward([gradient]);
                exact.backward([gradient.to(ScalarType.Float64)]);
                Near(exact, found);
                Near(wideX.grad!, x.grad!);
                Near(weight.grad!, layer.get_parameter("weight")!.grad!);
                Near(wideBias.grad!, bias.grad!);
                using var noGrad = no_grad();
                Near(exact, layer.forward(seen));
            }
        }
    }

    [Fact]
    public void A_batch_norm_is_the_definition_and_gathers_what_it_saw()
    {
        using var scope = NewDisposeScope();
        using var norm = new BatchNorm(3);
        Tensor first = randn(4, 5, 6, 3) * 2 + 1, second = randn(4, 5, 6, 3);
        var trained = norm.forward(first);
        var (mean, variance) = (first.mean([0L, 1L, 2L]), first.reshape(-1, 3).var(0, unbiased: false));
        Near(((first - mean) / (variance + 1e-5).sqrt()).to(ScalarType.Float64), trained);
        norm.forward(second);
        var buffers = norm.named_buffers().ToDictionary(entry => entry.name, entry => entry.buffer);
        Near((0.9 * (0.1 * mean) + 0.1 * second.mean([0L, 1L, 2L])).to(ScalarType.Float64), buffers["mean"]);
        // The variance is gathered by its unbiased estimate.
        var unbiased = 0.9 * (0.9 + 0.1 * first.reshape(-1, 3).var(0, unbiased: true)) + 0.1 * second.reshape(-1, 3).var(0, unbiased: true);
        Near(unbiased.to(ScalarType.Float64), buffers["variance"]);
        Assert.Equal(2, buffers["batchCount"].ToInt64());
        norm.eval();
        Near(((first - buffers["mean"]) / (buffers["variance"] + 1e-5).sqrt()).to(ScalarType.Float64), norm.forward(first));
        Assert.Equal(2, buffers["batchCount"].ToInt64());
    }

    [Fact]
    public void A_frozen_batch_norm_gathers_nothing()
    {
        using var scope = NewDisposeScope();
        using var norm = new BatchNorm(3);
        var input = randn(2, 2, 2, 3) + 5;
        norm.get_parameter("weight")!.requires_grad = false;
        norm.train();
        Near(input.to(ScalarType.Float64), norm.forward(input), 2e-5);
        Assert.Equal(0, norm.named_buffers().Single(entry => entry.name == "batchCount").buffer.ToInt64());
        norm.get_parameter("weight")!.requires_grad = true;
        Assert.Contains("larger", Assert.Throws<ArgumentException>(() => norm.forward(randn(1, 1, 1, 3))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Statistics_follow_a_norm_to_another_type()
    {
        using var scope = NewDisposeScope();
        using var norm = new BatchNorm(2);
        norm.forward(randn(2, 3, 3, 2) * 3);
        norm.eval();
        var input = randn(2, 3, 3, 2);
        var narrow = norm.forward(input);
        norm.to(ScalarType.Float64);
        Near(norm.forward(input.to(ScalarType.Float64)), narrow);
    }

    private static Tensor Wide(Tensor tensor) => tensor.detach().to(ScalarType.Float64).requires_grad_();

    private static void Near(Tensor exact, Tensor found, double tolerance = 5e-6)
    {
        Assert.Equal(exact.shape, found.shape);
        Assert.True((exact - found).abs().max().ToDouble() <= tolerance * exact.abs().max().ToDouble(), $"{(exact - found).abs().max().ToDouble()}");
    }
}
