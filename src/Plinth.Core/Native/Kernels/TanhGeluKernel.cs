using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// The approximation of x·Φ(x) by a hyperbolic tangent (Hendrycks, Gimpel 2016, arXiv:1606.08415) on the processor. libtorch's takes as long as
/// a tenth of the products around it. With u = √(2/π)·(x + 0.044715·x³) it is x·σ(2u).
/// </summary>
public static unsafe class TanhGeluKernel
{
    private const long Grain = 4096;
    private const float Slope = 1.59576912f, Cubic = 0.044715f;   // 2·√(2/π)

    /// <summary>Whether the kernel can do it on this machine.</summary>
    /// <param name="input">Any shape.</param>
    public static bool Suits(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return RowKernel.Suits(input) && input.is_contiguous() && input.numel() >= Grain;
    }

    /// <summary>The function.</summary>
    /// <param name="input">Contiguous, float32 or bfloat16; <c>[...]</c>.</param>
    /// <returns><c>[...]</c>.</returns>
    public static Tensor Forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Run(input, input, input.dtype == ScalarType.Float32 ? &ForwardFloat32 : &ForwardBFloat16);
    }

    /// <summary>The gradient by its input.</summary>
    /// <param name="input">What went in.</param>
    /// <param name="gradient">Gradient by what came out, contiguous; <c>[...]</c>.</param>
    /// <returns><c>[...]</c>.</returns>
    public static Tensor Backward(Tensor input, Tensor gradient)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(gradient);
        return Run(input, gradient, input.dtype == ScalarType.Float32 ? &BackwardFloat32 : &BackwardBFloat16);
    }

    private static Tensor Run(Tensor input, Tensor gradient, delegate* unmanaged[Cdecl]<long, long, nint, void> body)
    {
        var result = empty(input.shape, input.dtype);
        RowKernel.Run(input.numel(), Grain, body, new Job { Input = TensorMemory.AddressOf(input), Gradient = TensorMemory.AddressOf(gradient), Result = TensorMemory.AddressOf(result) });
        RowKernel.Keep(input, gradient);
        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ForwardFloat32(long begin, long end, nint job) => Forward<Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ForwardBFloat16(long begin, long end, nint job) => Forward<BFloat16Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void BackwardFloat32(long begin, long end, nint job) => Backward<Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void BackwardBFloat16(long begin, long end, nint job) => Backward<BFloat16Numbers>(begin, end, (Job*)job);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        byte* input = (byte*)job->Input, result = (byte*)job->Result;
        var i = begin;
        for (; i + RowMath.Width <= end; i += RowMath.Width)
        {
            T.Store(Value(T.Load(input + (i * T.Size))), result + (i * T.Size));
        }

        for (; i < end; i++)
        {
            T.StoreOne(Value(Vector512.Create(T.LoadOne(input + (i * T.Size))))[0], result + (i * T.Size));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        byte* input = (byte*)job->Input, gradient = (byte*)job->Gradient, result = (byte*)job->Result;
        var i = begin;
        for (; i + RowMath.Width <= end; i += RowMath.Width)
        {
            var at = i * T.Size;
            T.Store(Derivative(T.Load(input + at)) * T.Load(gradient + at), result + at);
        }

        for (; i < end; i++)
        {
            var at = i * T.Size;
            T.StoreOne(Derivative(Vector512.Create(T.LoadOne(input + at)))[0] * T.LoadOne(gradient + at), result + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Value(Vector512<float> x) => x * Share(x, x * x);

    // σ + x·σ·(1 − σ)·2u'
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Derivative(Vector512<float> x)
    {
        var square = x * x;
        var share = Share(x, square);
        var slope = Vector512.FusedMultiplyAdd(square, Vector512.Create(3 * Slope * Cubic), Vector512.Create(Slope));
        return Vector512.FusedMultiplyAdd(x * share * (Vector512<float>.One - share), slope, share);
    }

    // σ(2u)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Share(Vector512<float> x, Vector512<float> square)
    {
        var twice = x * Vector512.FusedMultiplyAdd(square, Vector512.Create(Slope * Cubic), Vector512.Create(Slope));
        return Vector512<float>.One / (Vector512<float>.One + RowMath.Exp(-twice));
    }

    private struct Job
    {
        public nint Input, Gradient, Result;
    }
}
