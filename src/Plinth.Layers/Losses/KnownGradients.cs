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

    private sealed class Recorded : RecordedOperation<Recorded>
    {
        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            context.save_for_backward([.. inputs[..^1].Cast<Tensor>()]);
            return ((Tensor)inputs[^1]).clone();
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient)
        {
            var saved = context.get_saved_variables();
            var count = saved.Count / 2;
            return
            [
                .. saved.Take(count).Zip(saved.Skip(count), (source, known) => Given(source, known * gradient.to(known.dtype))),
                .. Enumerable.Repeat<Tensor?>(null, count + 1),
            ];
        }
    }
}
