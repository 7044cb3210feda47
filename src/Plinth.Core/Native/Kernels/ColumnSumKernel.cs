using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// Sums over all rows on the processor, such as the gradient of a vector that was added to each. Rows are read once and in order; the arithmetic is
/// float32 for bfloat16 too, and does not depend on the number of threads.
/// </summary>
public static unsafe class ColumnSumKernel
{
    // Rows that are summed by one thread, and so many of them at a time, so that the sums are loaded and stored less often.
    private const long RowsOfPiece = 128, RowsAtOnce = 4;

    private const long SmallestWork = 1L << 15;

    /// <summary>Whether the kernel can do it on this machine and gains by it.</summary>
    /// <param name="rows"><c>[row, column]</c>.</param>
    public static bool Suits(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return RowKernel.Suits(rows) && rows.dim() == 2 && rows.is_contiguous() && rows.numel() >= SmallestWork && rows.size(1) % RowMath.Width == 0;
    }

    /// <summary>The sums.</summary>
    /// <param name="rows">Contiguous, float32 or bfloat16; <c>[row, column]</c>.</param>
    /// <returns>The same numbers; <c>[column]</c>.</returns>
    public static Tensor Sum(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var (count, columns) = (rows.size(0), rows.size(1));
        var pieces = RowMath.Pieces(count, RowsOfPiece);
        using var sums = empty([pieces, columns], ScalarType.Float32);
        RowKernel.Run(pieces, 1, rows.dtype == ScalarType.Float32 ? &RunFloat32 : &RunBFloat16, new Job
        {
            Rows = RowKernel.AddressOf(rows), Count = count, Columns = columns, Sums = (float*)RowKernel.AddressOf(sums),
        });
        RowKernel.Keep(rows);
        using var total = sums.sum([0L]);
        return total.to(rows.dtype);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunFloat32(long begin, long end, nint job) => Run<Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunBFloat16(long begin, long end, nint job) => Run<BFloat16Numbers>(begin, end, (Job*)job);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        var stride = job->Columns * T.Size;
        for (var piece = begin; piece < end; piece++)
        {
            var sums = job->Sums + (piece * job->Columns);
            new Span<float>(sums, (int)job->Columns).Clear();
            var last = Math.Min((piece + 1) * RowsOfPiece, job->Count);
            var row = piece * RowsOfPiece;
            for (; row + RowsAtOnce <= last; row += RowsAtOnce)
            {
                var numbers = job->Rows + (row * stride);
                for (long column = 0; column < job->Columns; column += RowMath.Width)
                {
                    var place = numbers + (column * T.Size);
                    var first = T.Load(place) + T.Load(place + stride);
                    var second = T.Load(place + (2 * stride)) + T.Load(place + (3 * stride));
                    (Vector512.Load(sums + column) + (first + second)).Store(sums + column);
                }
            }

            for (; row < last; row++)
            {
                for (long column = 0; column < job->Columns; column += RowMath.Width)
                {
                    (Vector512.Load(sums + column) + T.Load(job->Rows + (row * stride) + (column * T.Size))).Store(sums + column);
                }
            }
        }
    }

    private struct Job
    {
        public byte* Rows;
        public long Count;
        public long Columns;
        public float* Sums;
    }
}
