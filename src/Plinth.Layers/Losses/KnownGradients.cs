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
        private const string Leaves = "leaves";

        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            var count = inputs.Length / 2;
            Tensor[] sources = [.. inputs[..count].Cast<Tensor>()];
            int[] leaves = [.. Enumerable.Range(0, count).Where(i => sources[i].is_leaf)];
            context.save_for_backward([.. inputs[count..^1].Cast<Tensor>(), .. leaves.Select(i => sources[i])]);
            context.save_data(Leaves, leaves);
            return ((Tensor)inputs[^1]).clone();
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient)
        {
            var (saved, leaves) = (context.get_saved_variables(), (int[])context.get_data(Leaves));
            var count = saved.Count - leaves.Length;
            Tensor?[] scaled = [.. saved.Take(count).Select(known => known * gradient.to(known.dtype))];
            foreach (var (place, i) in leaves.Index())
            {
                scaled[i] = Given(saved[count + place], scaled[i]!);
            }

            return [.. scaled, .. Enumerable.Repeat<Tensor?>(null, count + 1)];
        }
    }
}
