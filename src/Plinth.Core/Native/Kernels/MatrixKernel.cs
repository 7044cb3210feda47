namespace Plinth.Core.Native.Kernels;

/// <summary>
/// Products of small float32 matrices that lie in the caches, computed by the calling thread alone: oneDNN's micro kernels, made for the
/// processor at their first use, which libtorch's own attention uses for other types (Georganas et al. 2020, arXiv:1906.06440,
/// describe their kind). Between larger steps of a loop of our own they need neither a tensor nor a dispatch.
/// </summary>
internal static unsafe class MatrixKernel
{
    private static readonly delegate* unmanaged<long, long, long, long, long, long, byte, float*, float*, float*, byte, void> multiply = Find();

    /// <summary>Whether this libtorch exports them, for this machine.</summary>
    public static bool IsAvailable => multiply != null;

    /// <summary>result = left · right, or result + left · right.</summary>
    /// <param name="left"><c>[rows, inner]</c>, a row each <paramref name="leftStride"/> numbers.</param>
    /// <param name="leftStride">Numbers from row to row.</param>
    /// <param name="right"><c>[inner, columns]</c>, a row each <paramref name="rightStride"/> numbers.</param>
    /// <param name="rightStride">Numbers from row to row.</param>
    /// <param name="result"><c>[rows, columns]</c>, a row each <paramref name="resultStride"/> numbers.</param>
    /// <param name="resultStride">Numbers from row to row.</param>
    /// <param name="rows">Rows of the result.</param>
    /// <param name="inner">What is summed over.</param>
    /// <param name="columns">Columns of the result.</param>
    /// <param name="adds">Whether to add to what is there.</param>
    public static void Multiply(
        float* left, long leftStride, float* right, long rightStride, float* result, long resultStride, long rows, long inner, long columns, bool adds = false) =>
        multiply(rows, columns, inner, leftStride, rightStride, resultStride, adds ? (byte)1 : (byte)0, left, right, result, 0);

    // void at::native::cpublas::brgemm(int64 m, n, k, lda, ldb, ldc, bool add_C, const float* a, const float* b, float* c, bool is_vnni)
    private static delegate* unmanaged<long, long, long, long, long, long, byte, float*, float*, float*, byte, void> Find() =>
        RowKernel.IsPreferred && TorchRuntime.TryGetExport("_ZN2at6native7cpublas6brgemmEllllllbPKfS3_Pfb", out var address)
            ? (delegate* unmanaged<long, long, long, long, long, long, byte, float*, float*, float*, byte, void>)address
            : null;
}
