using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers;

/// <summary>
/// Makes the parameters of layers. While <see cref="ShapesOnly"/> is in force they are shapes without memory (torch's meta device), so
/// that a model of any size can be built, counted and looked at, though not run.
/// </summary>
public static class FreshWeights
{
    [ThreadStatic]
    private static int depth;

    /// <summary>Whether parameters made now have no memory.</summary>
    public static bool IsShapesOnly => depth > 0;

    /// <summary>Lets this thread make shapes without memory until the result is disposed.</summary>
    public static IDisposable ShapesOnly()
    {
        depth++;
        return new Scope();
    }

    /// <summary>A parameter whose values are still to be drawn.</summary>
    /// <param name="shape">Its sizes.</param>
    public static Parameter Empty(params long[] shape) => new(IsShapesOnly ? empty(shape, device: Meta) : empty(shape));

    /// <summary>A parameter of zeros.</summary>
    /// <param name="shape">Its sizes.</param>
    public static Parameter Zeros(params long[] shape) => new(IsShapesOnly ? empty(shape, device: Meta) : zeros(shape));

    /// <summary>A parameter of ones.</summary>
    /// <param name="shape">Its sizes.</param>
    public static Parameter Ones(params long[] shape) => new(IsShapesOnly ? empty(shape, device: Meta) : ones(shape));

    private static Device Meta => new(DeviceType.META);

    private sealed class Scope : IDisposable
    {
        private bool isDisposed;

        public void Dispose()
        {
            if (!isDisposed)
            {
                isDisposed = true;
                depth--;
            }
        }
    }
}
