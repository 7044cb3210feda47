using Plinth.Layers.FeedForward;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core.Kernels;

public sealed class SiluGateKernelTests
{
    private static readonly Func<Tensor, Tensor, Tensor> gated = Activations.Named("silu").Gated!;

    [Theory]
    [InlineData(ScalarType.Float32, 2e-6)]
    [InlineData(ScalarType.BFloat16, 1.2e-2)]
    public void Equals_the_formula_in_double(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        // Its tail does not fill a register, and its ends are far beyond where the function is flat.
        var (gate, value, direction) = (linspace(-100, 100, 10_007).to(type), randn(10_007).to(type), randn(10_007).to(type));
        var (left, right) = (gate.detach().requires_grad_(), value.detach().requires_grad_());
        var found = gated(left, right);
        found.backward([direction]);

        var (x, v) = (gate.to(ScalarType.Float64).requires_grad_(), value.to(ScalarType.Float64).requires_grad_());
        var expected = x * x.sigmoid() * v;
        expected.backward([direction.to(ScalarType.Float64)]);
        Assert.Equal(type, found.dtype);
        KernelAssert.Near(expected.detach(), found.detach(), tolerance);
        KernelAssert.Near(x.grad!, left.grad!, tolerance);
        KernelAssert.Near(v.grad!, right.grad!, tolerance);
        using var quiet = no_grad();
        Assert.True(found.Equals(gated(gate, value)));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Gradients_have_gradients(bool ofGate, bool ofValue)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        var (gate, value) = (randn(40, 50), randn(40, 50));
        var expected = Second((x, v) => nn.functional.silu(x) * v, ScalarType.Float64);
        Assert.True((Second(gated, ScalarType.Float32) - expected).abs().max().ToDouble() < 1e-5 * expected.abs().max().ToDouble());

        Tensor Second(Func<Tensor, Tensor, Tensor> function, ScalarType type)
        {
            Tensor[] leaves = [gate.to(type).detach().clone().requires_grad_(ofGate), value.to(type).detach().clone().requires_grad_(ofValue)];
            Tensor[] wanted = [.. leaves.Where(leaf => leaf.requires_grad)];
            var first = autograd.grad([function(leaves[0], leaves[1]).pow(3).sum()], wanted, retain_graph: true, create_graph: true);
            return cat([.. autograd.grad([first.Select(each => each.square().sum()).Aggregate((a, b) => a + b)], wanted)]);
        }
    }

    [Fact]
    public void Halves_of_one_tensor_are_gated_too()
    {
        using var scope = NewDisposeScope();
        var both = linspace(-4, 4, 6 * 32).view(6, 32);
        var (gate, value) = (both.narrow(-1, 0, 16), both.narrow(-1, 16, 16));
        Assert.True((gated(gate, value) - gated(gate.contiguous(), value.contiguous())).abs().max().ToDouble() < 1e-6);
    }

    [Fact]
    public void What_is_not_a_number_stays_so()
    {
        using var scope = NewDisposeScope();
        var input = full([8192], double.NaN);
        Assert.True(gated(input, ones_like(input)).isnan().all().ToBoolean());
        Assert.True(gated(input.to(ScalarType.BFloat16), ones_like(input).to(ScalarType.BFloat16)).isnan().all().ToBoolean());
    }
}
