using Plinth.Layers.Positions;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core.Kernels;

public sealed class RotaryKernelTests
{
    // Whole heads and parts of them, and one whose halves are no whole registers, which is left to libtorch; one position table for all samples and one each.
    [Theory]
    [InlineData(ScalarType.Float32, 64, 64, false, 1e-5)]
    [InlineData(ScalarType.Float32, 80, 32, true, 1e-5)]
    [InlineData(ScalarType.Float32, 24, 24, true, 1e-5)]
    [InlineData(ScalarType.BFloat16, 64, 64, true, 6e-2)]
    [InlineData(ScalarType.BFloat16, 80, 32, false, 6e-2)]
    public void Equals_the_formula_in_double(ScalarType type, int size, int rotated, bool hasOwnPositions, double tolerance)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var positions = hasOwnPositions ? randint(0, 900, [3, 37], ScalarType.Int64) : arange(37, ScalarType.Int64).unsqueeze(0);
        var rotary = new RotaryPositions(size, new() { Size = rotated });
        // As queries lie in the memory of a fused projection.
        var whole = randn(3, 37, 5 * size + 8).to(type);
        var (leaf, direction) = (whole.detach().requires_grad_(), randn(3, 5, 37, size).to(type));
        var tables = rotary.Tables(positions, type, 37);
        var found = tables.Rotate(Heads(leaf));
        found.backward([direction]);

        var exact = whole.to(ScalarType.Float64).requires_grad_();
        var expected = Formula(Heads(exact), positions, rotated);
        expected.backward([direction.to(ScalarType.Float64)]);
        Assert.Equal(type, found.dtype);
        Assert.Equal(expected.shape, found.shape);
        Assert.InRange((expected - found).abs().max().ToDouble(), 0, tolerance);
        Assert.InRange((exact.grad! - leaf.grad!).abs().max().ToDouble(), 0, tolerance);
        using var quiet = no_grad();
        Assert.True(found.Equals(tables.Rotate(Heads(whole))));

        Tensor Heads(Tensor numbers) => numbers.narrow(-1, 8, 5 * size).view(3, 37, 5, size).transpose(1, 2);
    }

    [Fact]
    public void Gradients_have_gradients()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        var (numbers, positions) = (randn(2, 3, 11, 32), arange(11, ScalarType.Int64).unsqueeze(0));
        var tables = new RotaryPositions(32, new()).Tables(positions, ScalarType.Float32, 11);
        var expected = Second(x => Formula(x, positions, 32), numbers.to(ScalarType.Float64));
        Assert.True((Second(tables.Rotate, numbers) - expected).abs().max().ToDouble() < 1e-5 * expected.abs().max().ToDouble());

        static Tensor Second(Func<Tensor, Tensor> function, Tensor numbers)
        {
            var leaf = numbers.detach().requires_grad_();
            var first = autograd.grad([function(leaf).pow(3).sum()], [leaf], retain_graph: true, create_graph: true)[0];
            return autograd.grad([first.square().sum()], [leaf])[0];
        }
    }

    [Fact]
    public void Backward_needs_no_table_of_the_caller()
    {
        using var scope = NewDisposeScope();
        var vectors = ones(1, 1, 4, 32).requires_grad_();
        var tables = new RotaryPositions(32, new()).Tables(arange(4, ScalarType.Int64).unsqueeze(0), ScalarType.Float32, 4);
        var rotated = tables.Rotate(vectors);
        tables.Cosines.Dispose();
        tables.Sines.Dispose();
        rotated.backward([rotated.detach()]);
        Assert.True((vectors.grad! - vectors).abs().max().ToDouble() < 1e-5);
    }

    private static Tensor Formula(Tensor vectors, Tensor positions, int rotated)
    {
        var half = rotated / 2;
        var frequencies = pow(10_000.0, arange(half, ScalarType.Float64) * (-2.0 / rotated)).to(ScalarType.Float32);
        var angles = (positions.unsqueeze(1).unsqueeze(-1).to(ScalarType.Float32) * frequencies).to(ScalarType.Float64);
        var (cosine, sine) = (angles.cos(), angles.sin());
        var (x, y, rest) = (vectors.narrow(-1, 0, half), vectors.narrow(-1, half, half), vectors.narrow(-1, rotated, vectors.size(-1) - rotated));
        return cat([(x * cosine) - (y * sine), (y * cosine) + (x * sine), rest], -1);
    }
}
