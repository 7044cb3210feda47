using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Losses;

/// <summary>A value whose gradients were computed beforehand.</summary>
internal static class KnownGradients
{
    /// <summary>Lets backward passes find the gradients.</summary>
    /// <param name="value">The value; a scalar.</param>
    /// <param name="sources">What it depends on.</param>
    /// <param name="gradients">Its gradient by each of them; of a second order nothing is known.</param>
    /// <returns>The same value as part of the graph.</returns>
    public static Tensor Attach(Tensor value, Tensor[] sources, Tensor[] gradients) => Recorded.apply([.. sources, .. gradients, value]);

    private sealed class Recorded : autograd.SingleTensorFunction<Recorded>
    {
        public override string Name => nameof(KnownGradients);

        public override Tensor forward(autograd.AutogradContext context, params object[] inputs)
        {
            var count = inputs.Length / 2;
            context.save_for_backward([.. inputs[count..^1].Cast<Tensor>()]);
            return ((Tensor)inputs[^1]).clone();
        }

        public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient)
        {
            ReturnedGradients.LetGo();
            using var scope = NewDisposeScope();
            scope.Attach(gradient);
            var known = context.get_saved_variables();
            return ReturnedGradients.Keep([.. known.Select(tensor => tensor * gradient.to(tensor.dtype)), .. Enumerable.Repeat<Tensor?>(null, known.Count + 1)]);
        }
    }
}
