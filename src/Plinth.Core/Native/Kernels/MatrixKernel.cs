namespace Plinth.Core.Native.Kernels;

/// <summary>
/// Products of small matrices that lie in the caches, computed by the calling thread alone and summed in float32: oneDNN's micro kernels, made for the
/// processor at their first use, of which libtorch's own attention is made (Georganas et al. 2020, arXiv:1906.06440, describe their
/// kind). Between larger steps of a loop of our own they need neither a tensor nor a dispatch.
/// </summary>
/// <remarks>
/// A processor multiplies two pairs of bfloat16 at a time. A left matrix of them is as it is, row by row; in a right one the second row of
/// two lies between the numbers of the first; without the instruction for it oneDNN would want another order. A matrix of float32 is the same on both
/// sides. Memory is counted in words of 32 bits.
/// </remarks>
internal static unsafe class MatrixKernel
{
    private static readonly delegate* unmanaged<long, long, long, long, long, long, byte, float*, float*, float*, byte, void>
        float32 = Find("_ZN2at6native7cpublas6brgemmEllllllbPKfS3_Pfb"),
        bfloat16 = ProcessorFeatures.MultipliesBFloat16 ? Find("_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb") : null;

    private static readonly delegate* unmanaged<byte, void> release = FindRelease();

    /// <summary>Whether this libtorch exports them, for this machine.</summary>
    public static bool IsAvailable<T>()
        where T : struct, IRowNumbers => T.OfWord == 1 ? float32 != null : bfloat16 != null && release != null;

    /// <summary>result = left · right, or result + left · right.</summary>
    /// <param name="left"><c>[rows, inner]</c> numbers of T, a row each <paramref name="leftStride"/> numbers.</param>
    /// <param name="leftStride">Numbers from row to row.</param>
    /// <param name="right"><c>[inner, columns]</c> numbers of T in the form of a right matrix.</param>
    /// <param name="rightStride">Words from row to row, of bfloat16 from pair of rows to pair of rows.</param>
    /// <param name="result"><c>[rows, columns]</c> float32, a row each <paramref name="resultStride"/> numbers.</param>
    /// <param name="resultStride">Numbers from row to row.</param>
    /// <param name="rows">Rows of the result.</param>
    /// <param name="inner">What is summed over; even where T is bfloat16.</param>
    /// <param name="columns">Columns of the result.</param>
    /// <param name="adds">Whether to add to what is there.</param>
    public static void Multiply<T>(
        float* left, long leftStride, float* right, long rightStride, float* result, long resultStride, long rows, long inner, long columns, bool adds = false)
        where T : struct, IRowNumbers
    {
        var multiply = T.OfWord == 1 ? float32 : bfloat16;
        multiply(rows, columns, inner, leftStride, rightStride, resultStride, adds ? (byte)1 : (byte)0, left, right, result, T.OfWord == 1 ? (byte)0 : (byte)1);
    }

    /// <summary>What a thread calls after its last product: some processors have registers for matrices that are to be given back.</summary>
    public static void Release<T>()
        where T : struct, IRowNumbers
    {
        if (T.OfWord != 1)
        {
            release(1);
        }
    }

    /// <summary>The right form of a matrix.</summary>
    /// <param name="rows"><c>[count, columns]</c> numbers of T, row by row; an even count.</param>
    /// <param name="stride">Numbers from row to row; those of float32 have no gaps.</param>
    /// <param name="count">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="memory">Where it goes, unless it is the matrix itself.</param>
    public static float* ToRight<T>(float* rows, long stride, long count, long columns, float* memory)
        where T : struct, IRowNumbers
    {
        if (T.OfWord == 1)
        {
            return rows;
        }

        RowCopies.Interleave((ushort*)rows, stride, count, columns, (uint*)memory);
        return memory;
    }

    /// <summary>The right form of a transposed matrix.</summary>
    /// <param name="rows"><c>[count, columns]</c> numbers of T, row by row without gaps; an even number of columns.</param>
    /// <param name="count">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="target">Where it goes; <paramref name="count"/> words from row to row.</param>
    public static void TurnToRight<T>(float* rows, long count, long columns, float* target)
        where T : struct, IRowNumbers => RowCopies.Turn(rows, count, columns / T.OfWord, target, count);

    /// <summary>A transposed matrix, row by row.</summary>
    /// <param name="right"><c>[count, columns]</c> numbers of T in the right form, without gaps.</param>
    /// <param name="count">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="target">Where it goes; <paramref name="count"/> numbers from row to row.</param>
    public static void TurnToLeft<T>(float* right, long count, long columns, float* target)
        where T : struct, IRowNumbers => RowCopies.Turn(right, count / T.OfWord, columns, target, count / T.OfWord);

    // void at::native::cpublas::brgemm(int64 m, n, k, lda, ldb, ldc, bool add_C, const T* a, const T* b, float* c, bool is_vnni)
    private static delegate* unmanaged<long, long, long, long, long, long, byte, float*, float*, float*, byte, void> Find(string name) =>
        RowKernel.IsPreferred && TorchRuntime.TryGetExport(name, out var address)
            ? (delegate* unmanaged<long, long, long, long, long, long, byte, float*, float*, float*, byte, void>)address
            : null;

    // void at::native::cpublas::brgemm_release(bool is_vnni)
    private static delegate* unmanaged<byte, void> FindRelease() =>
        TorchRuntime.TryGetExport("_ZN2at6native7cpublas14brgemm_releaseEb", out var address) ? (delegate* unmanaged<byte, void>)address : null;
}
