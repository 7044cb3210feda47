using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// A value times x·σ(x) of its gate (SwiGLU: Shazeer 2020, arXiv:2002.05202) in one walk over memory, and both gradients in another. In bfloat16
/// x·σ(x) is rounded before it is multiplied, as two operations would.
/// </summary>
public static unsafe class SiluGateKernel
{
    private const long Grain = 4096;

    /// <summary>Whether the kernel can do it on this machine.</summary>
    /// <param name="gate">Any shape.</param>
    /// <param name="value">The same shape.</param>
    public static bool Suits(Tensor gate, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(gate);
        ArgumentNullException.ThrowIfNull(value);
        return RowKernel.Suits(gate) && RowKernel.Suits(value) && gate.dtype == value.dtype && gate.is_contiguous() && value.is_contiguous()
            && gate.shape.AsSpan().SequenceEqual(value.shape);
    }

    /// <summary>The gated values.</summary>
    /// <param name="gate">Contiguous, float32 or bfloat16; <c>[...]</c>.</param>
    /// <param name="value">The same.</param>
    /// <returns><c>[...]</c>.</returns>
    public static Tensor Forward(Tensor gate, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(gate);
        ArgumentNullException.ThrowIfNull(value);
        var result = empty(gate.shape, gate.dtype);
        RowKernel.Run(gate.numel(), Grain, gate.dtype == ScalarType.Float32 ? &ForwardFloat32 : &ForwardBFloat16, new Job
        {
            Gate = RowKernel.AddressOf(gate), Value = RowKernel.AddressOf(value), Result = RowKernel.AddressOf(result),
        });
        RowKernel.Keep(gate, value);
        return result;
    }

    /// <summary>The gradients.</summary>
    /// <param name="gate">What went in.</param>
    /// <param name="value">The same.</param>
    /// <param name="gradient">Gradient by what came out, contiguous; <c>[...]</c>.</param>
    /// <returns>Both <c>[...]</c>.</returns>
    public static (Tensor Gate, Tensor Value) Backward(Tensor gate, Tensor value, Tensor gradient)
    {
        ArgumentNullException.ThrowIfNull(gate);
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(gradient);
        var (ofGate, ofValue) = (empty(gate.shape, gate.dtype), empty(gate.shape, gate.dtype));
        RowKernel.Run(gate.numel(), Grain, gate.dtype == ScalarType.Float32 ? &BackwardFloat32 : &BackwardBFloat16, new Job
        {
            Gate = RowKernel.AddressOf(gate), Value = RowKernel.AddressOf(value), Gradient = RowKernel.AddressOf(gradient),
            Result = RowKernel.AddressOf(ofGate), OfValue = RowKernel.AddressOf(ofValue),
        });
        RowKernel.Keep(gate, value, gradient);
        return (ofGate, ofValue);
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
        var i = begin;
        for (; i + RowMath.Width <= end; i += RowMath.Width)
        {
            var at = i * T.Size;
            var x = T.Load(job->Gate + at);
            T.Store(T.Round(x * Share(x)) * T.Load(job->Value + at), job->Result + at);
        }

        for (; i < end; i++)
        {
            var at = i * T.Size;
            var x = Vector512.Create(T.LoadOne(job->Gate + at));
            T.StoreOne(T.Round(x * Share(x))[0] * T.LoadOne(job->Value + at), job->Result + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        var i = begin;
        for (; i + RowMath.Width <= end; i += RowMath.Width)
        {
            var at = i * T.Size;
            var (ofGate, ofValue) = Gradients(T.Load(job->Gate + at), T.Load(job->Value + at), T.Load(job->Gradient + at));
            T.Store(ofGate, job->Result + at);
            T.Store(ofValue, job->OfValue + at);
        }

        for (; i < end; i++)
        {
            var at = i * T.Size;
            var (ofGate, ofValue) = Gradients(Vector512.Create(T.LoadOne(job->Gate + at)), Vector512.Create(T.LoadOne(job->Value + at)), Vector512.Create(T.LoadOne(job->Gradient + at)));
            T.StoreOne(ofGate[0], job->Result + at);
            T.StoreOne(ofValue[0], job->OfValue + at);
        }
    }

    // σ + x·σ·(1 − σ) for the gate.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Gate, Vector512<float> Value) Gradients(Vector512<float> x, Vector512<float> value, Vector512<float> gradient)
    {
        var share = Share(x);
        var slope = Vector512.FusedMultiplyAdd(x * share, Vector512<float>.One - share, share);
        return (gradient * value * slope, gradient * x * share);
    }

    // σ(x)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Share(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + RowMath.Exp(-x));

    private struct Job
    {
        public byte* Gate, Value, Gradient, Result, OfValue;
    }
}
