using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers;

/// <summary>What the backward passes of all operations of our own have in common.</summary>
internal static class RecordedBackward
{
    private const string ArgumentCount = "arguments";

    /// <summary>Remembers how many gradients are to be returned, even if there is an error.</summary>
    public static void Note(autograd.AutogradContext context, object[] inputs) => context.save_data(ArgumentCount, inputs.Length);

    /// <summary>Runs a backward pass that owns what it makes and lets nothing but its results out of it: errors are kept for <see cref="BackwardPass.Run"/>.</summary>
    /// <param name="context">What was saved.</param>
    /// <param name="gradients">Gradients by the results; they end with it.</param>
    /// <param name="differentiate">Gives one gradient for each argument, null where there is none.</param>
    public static List<Tensor> Run(autograd.AutogradContext context, IEnumerable<Tensor> gradients, Func<Tensor?[]> differentiate)
    {
        ReturnedGradients.LetGo();
        using var scope = NewDisposeScope();
        foreach (var gradient in gradients)
        {
            scope.Attach(gradient);
        }

        try
        {
            return ReturnedGradients.Keep(differentiate());
        }
#pragma warning disable CA1031 // Whatever it is, it must not reach libtorch.
        catch (Exception error)
#pragma warning restore CA1031
        {
            BackwardPass.Note(error);
            return ReturnedGradients.Keep(new Tensor?[(int)context.get_data(ArgumentCount)]);
        }
    }
}
