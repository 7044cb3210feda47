using Plinth.Core;
using Plinth.Core.Native;
using Plinth.Layers;
using Plinth.Tests.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Tests.Layers;

[Collection(AloneInProcess.Name)]
public sealed class RecordedOperationTests
{
    [Fact]
    public void An_error_in_a_backward_pass_comes_out_of_it_and_ends_nothing_else()
    {
        using var scope = NewDisposeScope();
        var input = ones(3).requires_grad_();
        // More than any machine has, so that libtorch's allocator refuses.
        var failing = Operation.apply(input * 2, (Func<Tensor>)(() => empty([1L << 55])));

        var error = Assert.ThrowsAny<Exception>(() => BackwardPass.Run(() => (failing * 3).sum().backward()));

        Assert.True(TorchErrors.IsOutOfMemory(error));
        // The next pass knows nothing of it.
        BackwardPass.Run(() => (input * 5).sum().backward());
        Assert.Equal(5, input.grad![0].ToSingle());
    }

    [Fact]
    public void So_it_comes_out_of_an_objective_too()
    {
        using var scope = NewDisposeScope();
        using var objective = new TinyObjective();
        var loss = Operation.apply(ones(1).requires_grad_(), (Func<Tensor>)(() => throw new InvalidOperationException("Broken.")));

        Assert.Equal("Broken.", Assert.Throws<InvalidOperationException>(() => objective.Backward(loss.sum())).Message);
    }

    [Fact]
    public void A_weight_keeps_the_gradient_that_was_computed_and_no_copy_of_it()
    {
        using var scope = NewDisposeScope();
        using var weight = new Parameter(ones(3));
        var gradient = full(3, 2f);
        Pass();
        weight.grad!.add_(1);
        Assert.Equal(3, gradient[0].ToSingle());

        // The next is added to it.
        gradient = full(3, 5f);
        Pass();
        Assert.Equal([8f, 8, 8], weight.grad!.data<float>().ToArray());
        Assert.Equal(5, gradient[0].ToSingle());

        void Pass() => BackwardPass.Run(() => Giving.apply(weight, (Func<Tensor>)(() => gradient.alias())).sum().backward());
    }

    [Fact]
    public void Who_asks_for_a_gradient_gets_it_and_the_weight_does_not()
    {
        using var scope = NewDisposeScope();
        using var weight = new Parameter(ones(3));
        var found = autograd.grad([Giving.apply(weight, (Func<Tensor>)(() => full(3, 2f))).sum()], [weight])[0];
        Assert.Equal(2, found[0].ToSingle());
        Assert.Null(weight.grad);
    }

    // The head's matrix and the token table are one weight, which one multiplies with and the other looks up.
    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 0.02)]
    public void A_weight_of_two_operations_gets_the_sum_of_both(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(8);
        using var table = new TokenTable(320, 256);
        using (no_grad())
        {
            table.Weight.copy_(randn(320, 256));
        }

        table.to(type);
        var exact = table.Weight.detach().to(ScalarType.Float64).requires_grad_();
        var (ids, wanted) = (randint(0, 320, [2, 300], ScalarType.Int64), randn(2, 300, 320));
        var product = LinearMap.Apply(table.forward(ids), table.Weight).to(ScalarType.Float32);
        BackwardPass.Run(() => (product * wanted).sum().backward());

        var exactProduct = exact.index_select(0, ids.reshape(-1)).reshape(2, 300, 256).matmul(exact.t());
        (exactProduct * wanted.to(ScalarType.Float64)).sum().backward();
        var found = table.Weight.grad!;
        Assert.Equal(type, found.dtype);
        Assert.InRange(((found.to(ScalarType.Float64) - exact.grad!).abs().max() / exact.grad!.abs().max()).ToDouble(), 0, tolerance);
    }

    // In bfloat16 a sum of as many equal numbers, one after the other, ends at 256 of them.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_token_that_occurs_often_loses_nothing(bool hasGradient)
    {
        using var scope = NewDisposeScope();
        using var table = new TokenTable(50, 64);
        table.to(ScalarType.BFloat16);
        if (hasGradient)
        {
            table.Weight.grad = ones(50, 64, dtype: ScalarType.BFloat16);
        }

        var rows = table.forward(full([4, 1024], 3, ScalarType.Int64));
        BackwardPass.Run(() => (rows.sum() / 1024).backward());
        Assert.Equal(hasGradient ? 5 : 4, table.Weight.grad![3, 7].ToSingle());
        Assert.Equal(hasGradient ? 1 : 0, table.Weight.grad![4, 7].ToSingle());
    }

    private sealed class Giving : RecordedOperation<Giving>
    {
        private const string Gradient = "gradient";

        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            context.save_for_backward([(Tensor)inputs[0]]);
            context.save_data(Gradient, inputs[1]);
            return ((Tensor)inputs[0]).clone();
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient) =>
            [Given(context.get_saved_variables()[0], ((Func<Tensor>)context.get_data(Gradient))()), null];
    }

    private sealed class Operation : RecordedOperation<Operation>
    {
        private const string Gradient = "gradient";

        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            context.save_data(Gradient, inputs[1]);
            return ((Tensor)inputs[0]).clone();
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient) => [((Func<Tensor>)context.get_data(Gradient))(), null];
    }
}
