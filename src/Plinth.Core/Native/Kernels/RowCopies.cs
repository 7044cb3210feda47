using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Plinth.Core.Native.Kernels;

/// <summary>Copies between the rows of tensors and small matrices.</summary>
internal static unsafe class RowCopies
{
    private const int Side = 8;

    /// <summary>Reads rows as float32.</summary>
    /// <param name="source">Where the first one begins.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="columns">Numbers of a row.</param>
    /// <param name="target">Where they go, each right behind the one before.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Read<T>(byte* source, long stride, long rows, long columns, float* target)
        where T : struct, IRowNumbers
    {
        for (var row = 0L; row < rows; row++, source += stride, target += columns)
        {
            var column = 0L;
            for (; column + RowMath.Width <= columns; column += RowMath.Width)
            {
                T.Load(source + (column * T.Size)).Store(target + column);
            }

            for (; column < columns; column++)
            {
                target[column] = T.LoadOne(source + (column * T.Size));
            }
        }
    }

    /// <summary>Copies rows as they are.</summary>
    /// <param name="source">Where the first one begins.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="columns">Numbers of a row.</param>
    /// <param name="target">Where they go, each right behind the one before.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<T>(byte* source, long stride, long rows, long columns, float* target)
        where T : struct, IRowNumbers
    {
        var bytes = columns * T.Size;
        var next = (byte*)target;
        for (var row = 0L; row < rows; row++, source += stride, next += bytes)
        {
            var at = 0L;
            for (; at + Vector512<byte>.Count <= bytes; at += Vector512<byte>.Count)
            {
                Vector512.Load(source + at).Store(next + at);
            }

            for (; at < bytes; at++)
            {
                next[at] = source[at];
            }
        }
    }

    /// <summary>Puts each second row of bfloat16 between the numbers of the row before it.</summary>
    /// <param name="source">Where the first row begins; there is an even number of them.</param>
    /// <param name="stride">Numbers from row to row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="columns">Numbers of a row.</param>
    /// <param name="target"><c>[rows / 2, columns, 2]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Interleave(ushort* source, long stride, long rows, long columns, uint* target)
    {
        for (var row = 0L; row < rows; row += 2, source += 2 * stride, target += columns)
        {
            var column = 0L;
            for (; column + RowMath.Width <= columns; column += RowMath.Width)
            {
                var (upper, lower) = (Vector256.Load(source + column), Vector256.Load(source + stride + column));
                (Avx512F.ConvertToVector512UInt32(upper) | (Avx512F.ConvertToVector512UInt32(lower) << 16)).Store(target + column);
            }

            for (; column < columns; column++)
            {
                target[column] = source[column] | ((uint)source[stride + column] << 16);
            }
        }
    }

    /// <summary>Writes one row.</summary>
    /// <param name="source">Its numbers.</param>
    /// <param name="factor">What they are multiplied by.</param>
    /// <param name="columns">How many.</param>
    /// <param name="target">Where it goes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write<T>(float* source, float factor, long columns, byte* target)
        where T : struct, IRowNumbers
    {
        var column = 0L;
        for (; column + RowMath.Width <= columns; column += RowMath.Width)
        {
            T.Store(Vector512.Load(source + column) * factor, target + (column * T.Size));
        }

        for (; column < columns; column++)
        {
            T.StoreOne(source[column] * factor, target + (column * T.Size));
        }
    }

    /// <summary>Turns rows into columns.</summary>
    /// <param name="source"><c>[rows, columns]</c>, without gaps.</param>
    /// <param name="rows">Rows of the source.</param>
    /// <param name="columns">Columns of the source.</param>
    /// <param name="target"><c>[columns, rows]</c>.</param>
    /// <param name="stride">Numbers from row to row of the target.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Turn(float* source, long rows, long columns, float* target, long stride)
    {
        var (rowsOfSquares, columnsOfSquares) = (rows / Side * Side, columns / Side * Side);
        for (var row = 0L; row < rowsOfSquares; row += Side)
        {
            for (var column = 0L; column < columnsOfSquares; column += Side)
            {
                TurnSquare(source + (row * columns) + column, columns, target + (column * stride) + row, stride);
            }
        }

        for (var row = 0L; row < rows; row++)
        {
            for (var column = row < rowsOfSquares ? columnsOfSquares : 0; column < columns; column++)
            {
                target[(column * stride) + row] = source[(row * columns) + column];
            }
        }
    }

    // Eight rows of eight: pairs of rows interleaved by ones, then by twos, then their halves exchanged.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnSquare(float* source, long columns, float* target, long stride)
    {
        var (a, b, c, d) = (Avx.LoadVector256(source), Avx.LoadVector256(source + columns), Avx.LoadVector256(source + (2 * columns)), Avx.LoadVector256(source + (3 * columns)));
        source += 4 * columns;
        var (e, f, g, h) = (Avx.LoadVector256(source), Avx.LoadVector256(source + columns), Avx.LoadVector256(source + (2 * columns)), Avx.LoadVector256(source + (3 * columns)));
        var (ab, abHigh, cd, cdHigh) = (Avx.UnpackLow(a, b), Avx.UnpackHigh(a, b), Avx.UnpackLow(c, d), Avx.UnpackHigh(c, d));
        var (ef, efHigh, gh, ghHigh) = (Avx.UnpackLow(e, f), Avx.UnpackHigh(e, f), Avx.UnpackLow(g, h), Avx.UnpackHigh(g, h));
        WriteFour(Pairs(ab, cd), Pairs(ef, gh), target, stride, 0);
        WriteFour(PairsHigh(ab, cd), PairsHigh(ef, gh), target, stride, 1);
        WriteFour(Pairs(abHigh, cdHigh), Pairs(efHigh, ghHigh), target, stride, 2);
        WriteFour(PairsHigh(abHigh, cdHigh), PairsHigh(efHigh, ghHigh), target, stride, 3);
    }

    private static Vector256<float> Pairs(Vector256<float> left, Vector256<float> right) => Avx.UnpackLow(left.AsDouble(), right.AsDouble()).AsSingle();

    private static Vector256<float> PairsHigh(Vector256<float> left, Vector256<float> right) => Avx.UnpackHigh(left.AsDouble(), right.AsDouble()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteFour(Vector256<float> upper, Vector256<float> lower, float* target, long stride, int row)
    {
        Avx.Store(target + (row * stride), Avx.Permute2x128(upper, lower, 0x20));
        Avx.Store(target + ((row + 4) * stride), Avx.Permute2x128(upper, lower, 0x31));
    }
}
