using Plinth.Core.Native.Kernels;
using Plinth.Layers.FeedForward;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core.Kernels;

public sealed class TanhGeluKernelTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 2e-6)]
    [InlineData(ScalarType.BFloat16, 4e-3)]
    public void Equals_the_formula_in_double(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        // Its tail does not fill a register, and its ends are far beyond where the function is flat.
        var input = linspace(-30, 30, 10_007).to(type);
        var x = input.to(ScalarType.Float64).requires_grad_();
        var expected = 0.5 * x * (1 + (Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x.pow(3)))).tanh());
        expected.backward([ones_like(x)]);
        var leaf = input.detach().requires_grad_();
        var found = Activations.Named("gelu_new").Function(leaf);
        found.backward([ones_like(leaf)]);
        Assert.Equal(type, found.dtype);
        KernelAssert.Near(expected.detach(), found.detach(), tolerance);
        KernelAssert.Near(x.grad!, leaf.grad!, tolerance);
        using var quiet = no_grad();
        Assert.True(found.Equals(Activations.Named("gelu_new").Function(input)));
    }

    [Fact]
    public void Gradients_have_gradients()
    {
        using var scope = NewDisposeScope();
        var input = linspace(-4, 4, 8192).requires_grad_();
        var first = autograd.grad([Activations.Named("gelu_new").Function(input).sum()], [input], retain_graph: true, create_graph: true)[0];
        var second = autograd.grad([first.sum()], [input])[0];
        var x = linspace(-4, 4, 8192, ScalarType.Float64).requires_grad_();
        var plain = autograd.grad([nn.functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh).sum()], [x], retain_graph: true, create_graph: true)[0];
        Assert.True((second - autograd.grad([plain.sum()], [x])[0]).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void What_is_not_a_number_stays_so()
    {
        using var scope = NewDisposeScope();
        var input = full([8192], double.NaN);
        Assert.True(Activations.Named("gelu_new").Function(input).isnan().all().ToBoolean());
        Assert.True(Activations.Named("gelu_new").Function(input.to(ScalarType.BFloat16)).isnan().all().ToBoolean());
    }
}
