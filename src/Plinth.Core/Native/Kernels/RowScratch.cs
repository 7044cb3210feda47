using System.Runtime.InteropServices;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// The matrices of one thread for one call: one block of memory, zero at first, since what lies beyond the last row of a matrix must be numbers.
/// </summary>
internal unsafe ref struct RowScratch : IDisposable
{
    // Each matrix begins at a line of the cache.
    private const long Line = 64;
    private const int MostMatrices = 32;

    private readonly float* start;
    private float* next;

    /// <param name="count">Numbers of all matrices together.</param>
    /// <exception cref="OutOfMemoryException">There is not so much memory.</exception>
    public RowScratch(long count)
    {
        var bytes = (nuint)((count * sizeof(float)) + (MostMatrices * Line));
        start = next = (float*)NativeMemory.AlignedAlloc(bytes, (nuint)Line);
        NativeMemory.Clear(start, bytes);
    }

    /// <summary>The next matrix.</summary>
    /// <param name="count">Its numbers.</param>
    public float* Take(long count)
    {
        var piece = next;
        next += ((count * sizeof(float)) + Line - 1) / Line * Line / sizeof(float);
        return piece;
    }

    /// <summary>Frees all of them.</summary>
    public readonly void Dispose() => NativeMemory.AlignedFree(start);
}
