using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers;

/// <summary>
/// What the last backward pass of an operation of our own returned. libtorch takes its own references to it, but only after the return;
/// without this all of them would live until the step's scope ends. So each call lets go of those of the call before.
/// </summary>
internal static class ReturnedGradients
{
    [ThreadStatic]
    private static Tensor?[]? returned;

    /// <summary>Lets go of what the call before returned; the first thing that a backward pass does, so that its memory can serve again.</summary>
    public static void LetGo()
    {
        Array.ForEach(returned ?? [], tensor => tensor?.Dispose());
        returned = null;
    }

    /// <summary>Keeps gradients beyond the current dispose scope.</summary>
    /// <param name="gradients">One for each argument of the operation, null where there is none.</param>
    /// <returns>The same, for TorchSharp.</returns>
    public static List<Tensor> Keep(Tensor?[] gradients)
    {
        Array.ForEach(gradients, tensor => tensor?.DetachFromDisposeScope());
        returned = gradients;
        return [.. gradients.Select(tensor => tensor!)];
    }
}
