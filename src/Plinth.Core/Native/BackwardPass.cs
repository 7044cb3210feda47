using System.Runtime.ExceptionServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native;

/// <summary>
/// Backward passes as objectives make them, with what operations of our own need in the middle of one. Their errors are brought out of it: libtorch
/// calls them, and no error of .NET can pass through it; it would end the process, and with it a run that could have gone on with smaller pieces.
/// And their gradients of weights go to the weights directly: libtorch would copy each, since it keeps as it is only what nobody else holds, and what
/// TorchSharp hands over is held until after.
/// </summary>
public static class BackwardPass
{
    private static readonly Lock gate = new();
    private static long failures;
    private static ExceptionDispatchInfo? last;

    // Those of the processor's operations are computed by the thread that asked for the pass.
    [ThreadStatic]
    private static bool isRunning;

    /// <summary>Keeps an error until the pass is over. What the operation returns after it is worth nothing.</summary>
    public static void Note(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        lock (gate)
        {
            failures++;
            last = ExceptionDispatchInfo.Capture(error);
        }
    }

    /// <summary>
    /// Runs a backward pass that adds to the gradients of weights, and throws what was noted in the meantime. Passes may be computed by threads of
    /// libtorch's own, so where two run at the same time an error of one fails both.
    /// </summary>
    /// <param name="pass">Calls <c>backward</c>, not <c>autograd.grad</c>: what that is asked for may have gone to the weights.</param>
    public static void Run(Action pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        var (before, isWithin) = (Interlocked.Read(ref failures), isRunning);
        isRunning = true;
        try
        {
            pass();
        }
        finally
        {
            isRunning = isWithin;
        }

        lock (gate)
        {
            if (failures != before)
            {
                last!.Throw();
            }
        }
    }

    /// <summary>Adds to the gradient of a weight, in a pass of <see cref="Run"/>; an operation that does so returns none for it.</summary>
    /// <param name="weight">What the operation was given.</param>
    /// <param name="gradient">Gradient by it. The weight may keep it, so nothing else may change it.</param>
    /// <returns>Whether it was added; otherwise it is to be returned.</returns>
    public static bool TryAdd(Tensor weight, Tensor gradient)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(gradient);
        if (!Reaches(weight) || gradient.dtype != weight.dtype || !gradient.is_contiguous() || !weight.is_contiguous())
        {
            return false;
        }

        if (weight.grad is { } sum)
        {
            sum.add_(gradient).Dispose();
        }
        else
        {
            weight.grad = gradient;
        }

        return true;
    }

    /// <summary>The gradient that a weight has so far, in a pass of <see cref="Run"/>, for an operation that adds to a small part of it.</summary>
    /// <param name="weight">What the operation was given.</param>
    /// <returns>The gradient itself, owned by the current dispose scope; null where there is none, or where the operation is to return its own.</returns>
    public static Tensor? SoFar(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return Reaches(weight) && weight.grad is { } sum && sum.dtype == weight.dtype ? sum : null;
    }

    // With gradients of gradients a sum is a step to be recorded, which libtorch does.
    private static bool Reaches(Tensor weight) =>
        isRunning && !is_grad_enabled() && weight.is_leaf && weight.requires_grad && weight.device_type == DeviceType.CPU;
}
