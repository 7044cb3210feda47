using Plinth.Core;
using Plinth.Core.Native;
using Plinth.Layers;
using Plinth.Tests.Training;
using TorchSharp;
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

        var error = Assert.ThrowsAny<Exception>(() => BackwardFailures.Run(() => (failing * 3).sum().backward()));

        Assert.True(TorchErrors.IsOutOfMemory(error));
        // The next pass knows nothing of it.
        BackwardFailures.Run(() => (input * 5).sum().backward());
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
