using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// Copies of matrices with rows and columns changed over, on the processor. A product that reads a matrix across its rows copies it so by itself,
/// piece by piece and more than once; libtorch's own copy moves number by number.
/// </summary>
public static unsafe class TransposeKernel
{
    // What a tile reads fits into the fastest cache, so that a line of memory of which one visit takes a part is there for the next.
    private const long RowsOfTile = 256, ColumnsOfTile = 64;

    // Lanes of a register of four words each, as Shuffle4x128 takes them from two registers: the even ones of both, or the odd ones.
    private const byte Even = 0b10_00_10_00, Odd = 0b11_01_11_01;

    /// <summary>Whether the kernel can do it on this machine.</summary>
    /// <param name="matrix"><c>[row, column]</c>.</param>
    public static bool Suits(Tensor matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        return RowKernel.Suits(matrix) && matrix.dim() == 2 && matrix.is_contiguous();
    }

    /// <summary>The copy.</summary>
    /// <param name="matrix">Contiguous, float32 or bfloat16; <c>[row, column]</c>.</param>
    /// <returns>The same numbers, contiguous; <c>[column, row]</c>.</returns>
    public static Tensor Copy(Tensor matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        var (rows, columns) = (matrix.size(0), matrix.size(1));
        var result = empty([columns, rows], matrix.dtype);
        var job = new Job { From = RowKernel.AddressOf(matrix), To = RowKernel.AddressOf(result), Rows = rows, Columns = columns, TilesAcross = RowMath.Pieces(columns, ColumnsOfTile) };
        RowKernel.Run(RowMath.Pieces(rows, RowsOfTile) * job.TilesAcross, 4, matrix.dtype == ScalarType.Float32 ? &RunFloat32 : &RunBFloat16, job);
        RowKernel.Keep(matrix);
        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunFloat32(long begin, long end, nint job) => Run<Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunBFloat16(long begin, long end, nint job) => Run<BFloat16Numbers>(begin, end, (Job*)job);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        long across = job->Columns * T.Size, down = job->Rows * T.Size, height = RowMath.Width * T.OfWord;
        for (var tile = begin; tile < end; tile++)
        {
            long firstRow = tile / job->TilesAcross * RowsOfTile, firstColumn = tile % job->TilesAcross * ColumnsOfTile;
            long lastRow = Math.Min(firstRow + RowsOfTile, job->Rows), lastColumn = Math.Min(firstColumn + ColumnsOfTile, job->Columns);
            var column = firstColumn;
            for (; column + RowMath.Width <= lastColumn; column += RowMath.Width)
            {
                var row = firstRow;
                for (; row + height <= lastRow; row += height)
                {
                    Block<T>(job->From + (row * across) + (column * T.Size), across, job->To + (column * down) + (row * T.Size), down);
                }

                Rest<T>(job, row, lastRow, column, column + RowMath.Width);
            }

            Rest<T>(job, firstRow, lastRow, column, lastColumn);
        }
    }

    // Sixteen columns of as many words. Two rows of bfloat16 are first made one row of words, so that a word holds what will lie side by side.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block<T>(byte* from, long across, byte* to, long down)
        where T : struct, IRowNumbers
    {
        var (a0, a1, a2, a3) = Four<T>(from, across);
        var (b0, b1, b2, b3) = Four<T>(from + (4 * T.OfWord * across), across);
        var (c0, c1, c2, c3) = Four<T>(from + (8 * T.OfWord * across), across);
        var (d0, d1, d2, d3) = Four<T>(from + (12 * T.OfWord * across), across);
        Spread(a0, b0, c0, d0, to, down);
        Spread(a1, b1, c1, d1, to + down, down);
        Spread(a2, b2, c2, d2, to + (2 * down), down);
        Spread(a3, b3, c3, d3, to + (3 * down), down);
    }

    // Of four rows of words: in the lane of number L of the result of number j lie their words of column 4 L + j.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<ulong> First, Vector512<ulong> Second, Vector512<ulong> Third, Vector512<ulong> Fourth) Four<T>(byte* from, long across)
        where T : struct, IRowNumbers
    {
        var step = T.OfWord * across;
        var (first, second, third, fourth) = (Words<T>(from, across), Words<T>(from + step, across), Words<T>(from + (2 * step), across), Words<T>(from + (3 * step), across));
        var (lowA, highA) = (Avx512F.UnpackLow(first, second).AsUInt64(), Avx512F.UnpackHigh(first, second).AsUInt64());
        var (lowB, highB) = (Avx512F.UnpackLow(third, fourth).AsUInt64(), Avx512F.UnpackHigh(third, fourth).AsUInt64());
        return (Avx512F.UnpackLow(lowA, lowB), Avx512F.UnpackHigh(lowA, lowB), Avx512F.UnpackLow(highA, highB), Avx512F.UnpackHigh(highA, highB));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Words<T>(byte* from, long across)
        where T : struct, IRowNumbers =>
        T.OfWord == 1
            ? Vector512.Load((uint*)from)
            : Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)from)) | (Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)(from + across))) << 16);

    // Writes four columns that are four apart: each has a lane in each of the registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c, Vector512<ulong> d, byte* to, long down)
    {
        var (evenA, evenB) = (Avx512F.Shuffle4x128(a, b, Even), Avx512F.Shuffle4x128(c, d, Even));
        var (oddA, oddB) = (Avx512F.Shuffle4x128(a, b, Odd), Avx512F.Shuffle4x128(c, d, Odd));
        Avx512F.Shuffle4x128(evenA, evenB, Even).Store((ulong*)to);
        Avx512F.Shuffle4x128(oddA, oddB, Even).Store((ulong*)(to + (4 * down)));
        Avx512F.Shuffle4x128(evenA, evenB, Odd).Store((ulong*)(to + (8 * down)));
        Avx512F.Shuffle4x128(oddA, oddB, Odd).Store((ulong*)(to + (12 * down)));
    }

    private static void Rest<T>(Job* job, long firstRow, long lastRow, long firstColumn, long lastColumn)
        where T : struct, IRowNumbers
    {
        for (var row = firstRow; row < lastRow; row++)
        {
            for (var column = firstColumn; column < lastColumn; column++)
            {
                long from = (row * job->Columns) + column, to = (column * job->Rows) + row;
                if (T.OfWord == 1)
                {
                    ((uint*)job->To)[to] = ((uint*)job->From)[from];
                }
                else
                {
                    ((ushort*)job->To)[to] = ((ushort*)job->From)[from];
                }
            }
        }
    }

    private struct Job
    {
        public byte* From, To;
        public long Rows, Columns, TilesAcross;
    }
}
