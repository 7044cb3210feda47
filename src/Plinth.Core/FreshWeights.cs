using Plinth.Core.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>
/// Makes the parameters of layers. Plainly they are float32 and drawn at random. While <see cref="ShapesOnly"/> is in force they are
/// shapes without memory (torch's meta device), so that a model of any size can be built, counted and looked at, though not run. While
/// <see cref="ToBeFilled"/> is in force nothing is drawn, because every value is about to be read.
/// </summary>
public static class FreshWeights
{
    [ThreadStatic]
    private static Scope? current;

    /// <summary>Whether parameters made now are to get random values.</summary>
    public static bool AreDrawn => current is null;

    /// <summary>Lets this thread make shapes without memory until the result is disposed.</summary>
    public static IDisposable ShapesOnly() => new Scope(new(DeviceType.META), ScalarType.Float32);

    /// <summary>Lets this thread make parameters of an element type whose values are undefined until the result is disposed.</summary>
    /// <param name="type">Their element type.</param>
    public static IDisposable ToBeFilled(ScalarType type) => new Scope(CPU, type);

    /// <summary>A parameter whose values are still to be drawn or filled.</summary>
    /// <param name="shape">Its sizes.</param>
    public static Parameter Empty(params long[] shape) => new(current?.Make(shape) ?? empty(shape));

    /// <summary>A parameter of zeros.</summary>
    /// <param name="shape">Its sizes.</param>
    public static Parameter Zeros(params long[] shape) => new(current?.Make(shape) ?? zeros(shape));

    /// <summary>A parameter of ones.</summary>
    /// <param name="shape">Its sizes.</param>
    public static Parameter Ones(params long[] shape) => new(current?.Make(shape) ?? ones(shape));

    /// <summary>A parameter of one value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="shape">Its sizes.</param>
    public static Parameter Filled(double value, params long[] shape) => new(current?.Make(shape) ?? full(shape, value, ScalarType.Float32));

    /// <summary>Numbers that are gathered and not trained, such as running means, all of one value at first: no parameter, but part of a checkpoint.</summary>
    /// <param name="value">What they begin with.</param>
    /// <param name="shape">Their sizes.</param>
    public static Tensor Statistics(double value, params long[] shape) => (current?.Make(shape) ?? full(shape, value, ScalarType.Float32)).DetachFromDisposeScope();

    /// <summary>A count that is gathered and not trained, 0 at first: no parameter, but part of a checkpoint; int64 scalar.</summary>
    public static Tensor Counter() => zeros([], ScalarType.Int64, current?.Device ?? CPU).DetachFromDisposeScope();

    private sealed class Scope : IDisposable
    {
        private readonly ScalarType type;
        private readonly Scope? outer = current;
        private bool isDisposed;

        public Scope(Device device, ScalarType type)
        {
            (Device, this.type) = (device, type);
            current = this;
        }

        public Device Device { get; }

        public Tensor Make(long[] shape) => LargePages.Empty(shape, type, Device);

        public void Dispose()
        {
            if (!isDisposed)
            {
                isDisposed = true;
                current = outer;
            }
        }
    }
}
