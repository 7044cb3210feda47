using Plinth.Layers.Norms;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Tests.Core.Kernels;

public sealed class RootMeanSquareKernelTests
{
    [Theory]
    [InlineData(ScalarType.Float32, NormKind.RootMeanSquare, 37, 1e-5)]
    [InlineData(ScalarType.Float32, NormKind.RootMeanSquareFromOne, 384, 1e-5)]
    [InlineData(ScalarType.BFloat16, NormKind.RootMeanSquare, 384, 1.6e-2)]
    [InlineData(ScalarType.BFloat16, NormKind.RootMeanSquareFromOne, 37, 1.6e-2)]
    public void Equals_the_formula_in_double(ScalarType type, NormKind kind, long size, double tolerance)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        // More rows than one piece of the sums, the last of which is not full; and a row of zeros.
        var input = randn(3, 71, size).mul_(linspace(0, 5, 71).view(1, 71, 1)).to(type);
        var weight = randn(size).to(type);
        var direction = randn(3, 71, size).to(type);
        using var norm = NormOf(kind, weight);
        var leaf = input.detach().requires_grad_();
        var found = norm.forward(leaf);
        found.backward([direction]);

        var (x, w) = (input.to(ScalarType.Float64).requires_grad_(), weight.to(ScalarType.Float64).requires_grad_());
        var expected = x * (x.square().mean([-1L], keepdim: true) + 1e-5).rsqrt() * (kind == NormKind.RootMeanSquareFromOne ? 1 + w : w);
        expected.backward([direction.to(ScalarType.Float64)]);
        Assert.Equal(type, found.dtype);
        KernelAssert.Near(expected.detach(), found.detach(), tolerance);
        KernelAssert.Near(x.grad!, leaf.grad!, tolerance);
        KernelAssert.Near(w.grad!, norm.parameters().Single().grad!, tolerance);
        using var quiet = no_grad();
        Assert.True(found.Equals(norm.forward(input)));
    }

    [Fact]
    public void A_bfloat16_row_is_rounded_before_it_is_scaled()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        var (input, weight) = (randn(64, 96).to(ScalarType.BFloat16), randn(96).to(ScalarType.BFloat16));
        using var norm = NormOf(NormKind.RootMeanSquare, weight);
        var wide = input.to(ScalarType.Float64);
        var expected = weight * (wide * (wide.square().mean([-1L], keepdim: true) + 1e-5).rsqrt()).to(ScalarType.BFloat16);
        Assert.True(expected.Equals(norm.forward(input).detach()));
    }

    [Fact]
    public void The_rows_of_a_view_are_those_of_its_copy()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        using var norm = NormOf(NormKind.RootMeanSquare, randn(16));
        var (view, copy) = (Leaf(), Leaf());
        var (first, second) = (norm.forward(view.transpose(1, 2)), norm.forward(copy.transpose(1, 2).contiguous()));
        (first.square().sum() + second.square().sum()).backward();
        Assert.True(first.Equals(second));
        Assert.True(view.grad!.Equals(copy.grad!));

        static Tensor Leaf() => arange(0, 1, 1.0 / (2 * 5 * 3 * 16)).view(2, 5, 3, 16).to(ScalarType.Float32).requires_grad_();
    }

    [Fact]
    public void Gradients_have_gradients()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        var (numbers, weight) = (randn(5, 24), randn(24));
        using var norm = NormOf(NormKind.RootMeanSquare, weight);
        var input = numbers.detach().requires_grad_();
        var second = Second(norm.forward(input), input);
        var x = numbers.to(ScalarType.Float64).requires_grad_();
        var plain = x * (x.square().mean([-1L], keepdim: true) + 1e-5).rsqrt() * weight.to(ScalarType.Float64);
        var expected = Second(plain, x);
        Assert.True((second - expected).abs().max().ToDouble() < 1e-5 * expected.abs().max().ToDouble());

        static Tensor Second(Tensor output, Tensor input) =>
            autograd.grad([autograd.grad([output.pow(3).sum()], [input], retain_graph: true, create_graph: true)[0].square().sum()], [input])[0];
    }

    private static Norm NormOf(NormKind kind, Tensor weight)
    {
        var norm = new Norm(new(kind, 1e-5, HasBias: false), weight.size(0));
        norm.to(weight.dtype);
        using var quiet = no_grad();
        norm.parameters().Single().copy_(weight);
        return norm;
    }
}
