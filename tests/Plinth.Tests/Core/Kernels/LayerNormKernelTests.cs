using Plinth.Layers.Norms;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core.Kernels;

public sealed class LayerNormKernelTests
{
    [Theory]
    [InlineData(ScalarType.Float32, NormKind.LayerNorm, true, 384, 1e-5)]
    [InlineData(ScalarType.Float32, NormKind.LayerNorm, false, 37, 1e-5)]
    [InlineData(ScalarType.Float32, NormKind.LayerNorm, false, 16, 1e-5)]
    [InlineData(ScalarType.Float32, NormKind.RootMeanSquare, false, 37, 1e-5)]
    [InlineData(ScalarType.Float32, NormKind.RootMeanSquare, false, 48, 1e-5)]
    [InlineData(ScalarType.Float32, NormKind.RootMeanSquareFromOne, false, 384, 1e-5)]
    [InlineData(ScalarType.BFloat16, NormKind.LayerNorm, true, 96, 1.6e-2)]
    [InlineData(ScalarType.BFloat16, NormKind.LayerNorm, false, 384, 1.6e-2)]
    [InlineData(ScalarType.BFloat16, NormKind.RootMeanSquare, false, 384, 1.6e-2)]
    [InlineData(ScalarType.BFloat16, NormKind.RootMeanSquareFromOne, false, 80, 1.6e-2)]
    [InlineData(ScalarType.BFloat16, NormKind.RootMeanSquareFromOne, false, 37, 1.6e-2)]
    public void Equals_the_formula_in_double(ScalarType type, NormKind kind, bool hasBias, long size, double tolerance)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var norm = NormOf(new(kind, 1e-5, hasBias), size, type);
        // More rows than one piece of the sums, the last of which is not full; and a row of zeros.
        var input = randn(3, 71, size).mul_(linspace(0, 5, 71).view(1, 71, 1)).to(type).requires_grad_();
        var direction = randn(3, 71, size).to(type);
        var found = norm.forward(input);
        found.backward([direction]);

        Tensor[] exact = [.. norm.parameters().Prepend(input).Select(Exact)];
        var expected = Formula(exact[0], exact[1..], kind);
        expected.backward([direction.to(ScalarType.Float64)]);
        Assert.Equal(type, found.dtype);
        KernelAssert.Near(expected.detach(), found.detach(), tolerance);
        Assert.All(exact.Zip(norm.parameters().Prepend(input)), pair => KernelAssert.Near(pair.First.grad!, pair.Second.grad!, tolerance));
        using var quiet = no_grad();
        Assert.True(found.Equals(norm.forward(input)));
    }

    [Theory]
    [InlineData(ScalarType.Float32, NormKind.LayerNorm, 48, 1e-5)]
    [InlineData(ScalarType.BFloat16, NormKind.LayerNorm, 32, 4e-2)]
    [InlineData(ScalarType.Float32, NormKind.RootMeanSquare, 16, 1e-5)]
    [InlineData(ScalarType.BFloat16, NormKind.RootMeanSquare, 48, 4e-2)]
    public void A_sum_and_its_norm_have_the_gradients_of_both(ScalarType type, NormKind kind, long size, double tolerance)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(6);
        using var norm = NormOf(new(kind, 1e-5, HasBias: kind == NormKind.LayerNorm), size, type);
        Tensor Numbers() => randn(2, 90, size).to(type);
        var (input, change) = (Numbers().requires_grad_(), Numbers().requires_grad_());
        var (ofSum, ofNormed) = (Numbers(), Numbers());
        var (sum, normed) = norm.AddAndNorm(input, change);
        Assert.True(sum.Equals(input + change));
        Assert.True(normed.Equals(norm.forward(sum)));
        autograd.backward([sum, normed], [ofSum, ofNormed]);

        Tensor[] sources = [input, change, .. norm.parameters()];
        Tensor[] exact = [.. sources.Select(Exact)];
        var whole = exact[0] + exact[1];
        autograd.backward([whole, Formula(whole, exact[2..], kind)], [ofSum.to(ScalarType.Float64), ofNormed.to(ScalarType.Float64)]);
        Assert.All(exact.Zip(sources), pair => KernelAssert.Near(pair.First.grad!, pair.Second.grad!, tolerance));
        using var quiet = no_grad();
        Assert.True(normed.Equals(norm.AddAndNorm(input, change).Normed));
    }

    // What comes after a block may need the sum alone, or the norm alone.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_of_the_two_may_be_all_that_is_used(bool isSum)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        using var norm = NormOf(new(), 32, ScalarType.Float32);
        var (input, change) = (randn(5, 32), randn(5, 32).requires_grad_());
        var (sum, normed) = norm.AddAndNorm(input, change);
        (isSum ? normed : sum).Dispose();   // as the scope of a block does
        (isSum ? sum : normed).pow(3).sum().backward();
        var x = change.detach().requires_grad_();
        (isSum ? input + x : norm.forward(input + x)).pow(3).sum().backward();
        KernelAssert.Near(x.grad!, change.grad!, 1e-6);
        Assert.Null(input.grad);
    }

    // Squares of numbers around 1,000 have no digits left for a variance of 1.
    [Fact]
    public void A_small_variance_around_a_large_mean_is_found()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(8);
        using var norm = NormOf(new(), 256, ScalarType.Float32);
        var input = (randn(8, 256) + 1000).detach();
        KernelAssert.Near(Formula(Exact(input), [.. norm.parameters().Select(Exact)], NormKind.LayerNorm).detach(), norm.forward(input).detach(), 3e-4);   // where float32 has steps of 6e-5
    }

    [Fact]
    public void A_bfloat16_row_is_rounded_before_it_is_scaled()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        var input = randn(64, 96).to(ScalarType.BFloat16);
        using var norm = NormOf(NormOptions.RootMeanSquare(1e-5), 96, ScalarType.BFloat16);
        var wide = input.to(ScalarType.Float64);
        var expected = norm.parameters().Single() * (wide * (wide.square().mean([-1L], keepdim: true) + 1e-5).rsqrt()).to(ScalarType.BFloat16);
        Assert.True(expected.detach().Equals(norm.forward(input).detach()));
    }

    [Fact]
    public void The_rows_of_a_view_are_those_of_its_copy()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        using var norm = NormOf(new(), 16, ScalarType.Float32);
        var (view, copy) = (Leaf(), Leaf());
        var (first, second) = (norm.forward(view.transpose(1, 2)), norm.forward(copy.transpose(1, 2).contiguous()));
        (first.square().sum() + second.square().sum()).backward();
        Assert.True(first.Equals(second));
        Assert.True(view.grad!.Equals(copy.grad!));

        static Tensor Leaf() => arange(0, 1, 1.0 / (2 * 5 * 3 * 16)).view(2, 5, 3, 16).to(ScalarType.Float32).requires_grad_();
    }

    [Theory]
    [InlineData(NormKind.LayerNorm, false)]
    [InlineData(NormKind.LayerNorm, true)]
    [InlineData(NormKind.RootMeanSquare, false)]
    [InlineData(NormKind.RootMeanSquare, true)]
    public void Gradients_have_gradients(NormKind kind, bool isOfSum)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        using var norm = NormOf(new(kind, 1e-5, HasBias: kind == NormKind.LayerNorm), 32, ScalarType.Float32);
        var (numbers, change) = (randn(5, 32), randn(5, 32));
        var input = numbers.detach().requires_grad_();
        var found = Second(isOfSum ? Product(norm.AddAndNorm(input, change)) : norm.forward(input), input);

        var x = numbers.to(ScalarType.Float64).requires_grad_();
        Tensor[] parameters = [.. norm.parameters().Select(Exact)];
        var whole = x + change.to(ScalarType.Float64);
        var expected = Second(isOfSum ? Product((whole, Formula(whole, parameters, kind))) : Formula(x, parameters, kind), x);
        Assert.True((found - expected).abs().max().ToDouble() < 1e-5 * expected.abs().max().ToDouble());

        static Tensor Product((Tensor Sum, Tensor Normed) both) => both.Sum * both.Normed;

        static Tensor Second(Tensor output, Tensor input) =>
            autograd.grad([autograd.grad([output.pow(3).sum()], [input], retain_graph: true, create_graph: true)[0].square().sum()], [input])[0];
    }

    private static Tensor Exact(Tensor numbers) => numbers.detach().to(ScalarType.Float64).requires_grad_();

    private static Tensor Formula(Tensor x, Tensor[] parameters, NormKind kind)
    {
        var away = kind == NormKind.LayerNorm ? x - x.mean([-1L], keepdim: true) : x;
        var scaled = away * (away.square().mean([-1L], keepdim: true) + 1e-5).rsqrt() * (kind == NormKind.RootMeanSquareFromOne ? 1 + parameters[0] : parameters[0]);
        return parameters.Length > 1 ? scaled + parameters[1] : scaled;
    }

    private static Norm NormOf(NormOptions options, long size, ScalarType type)
    {
        var norm = new Norm(options, size);
        norm.to(type);
        using var quiet = no_grad();
        foreach (var parameter in norm.parameters())
        {
            parameter.copy_(randn(size));
        }

        return norm;
    }
}
