using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// The Euclidean norm on the processor, of bfloat16 without a float32 copy of it. The squares of a piece are summed in float32 and the pieces in
/// float64, in the same order with any number of threads.
/// </summary>
public static unsafe class NormKernel
{
    // Longer sums of float32 would lose digits: a register's place sums 128 squares.
    private const int Piece = 1 << 12, Grain = 8;

    /// <summary>Whether the kernel can do it on this machine.</summary>
    /// <param name="numbers">Any shape.</param>
    public static bool Suits(Tensor numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        return RowKernel.Suits(numbers) && numbers.is_contiguous();
    }

    /// <summary>The root of the sum of squares.</summary>
    /// <param name="numbers">Contiguous, float32 or bfloat16; <c>[...]</c>.</param>
    public static double Norm(Tensor numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        var count = numbers.numel();
        var sums = new double[RowMath.Pieces(count, Piece)];
        fixed (double* start = sums)
        {
            RowKernel.Run(sums.Length, Grain, numbers.dtype == ScalarType.Float32 ? &RunFloat32 : &RunBFloat16, new Job { Numbers = RowKernel.AddressOf(numbers), Count = count, Sums = start });
        }

        GC.KeepAlive(numbers);
        return Math.Sqrt(sums.Sum());
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunFloat32(long begin, long end, nint job) => Run<Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunBFloat16(long begin, long end, nint job) => Run<BFloat16Numbers>(begin, end, (Job*)job);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        for (var piece = begin; piece < end; piece++)
        {
            var (first, last) = (piece * Piece, Math.Min((piece + 1) * Piece, job->Count));
            // Two sums, since one would wait for its own last addition.
            var (even, odd) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var i = first;
            for (; i + (2 * RowMath.Width) <= last; i += 2 * RowMath.Width)
            {
                var (left, right) = (T.Load(job->Numbers + (i * T.Size)), T.Load(job->Numbers + ((i + RowMath.Width) * T.Size)));
                even = Vector512.FusedMultiplyAdd(left, left, even);
                odd = Vector512.FusedMultiplyAdd(right, right, odd);
            }

            double sum = Vector512.Sum(even + odd);
            for (; i < last; i++)
            {
                double number = T.LoadOne(job->Numbers + (i * T.Size));
                sum += number * number;
            }

            job->Sums[piece] = sum;
        }
    }

    private struct Job
    {
        public byte* Numbers;
        public long Count;
        public double* Sums;
    }
}
