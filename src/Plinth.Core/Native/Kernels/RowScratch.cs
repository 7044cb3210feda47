using System.Runtime.InteropServices;

namespace Plinth.Core.Native.Kernels;

/// <summary>The matrices of one thread for one call, zero at first, since what lies beyond the last row of a matrix must be numbers.</summary>
internal unsafe ref struct RowScratch
{
    private float* next;

    /// <summary>Takes the part of the calling thread; libtorch calls a loop at most once for each of its threads.</summary>
    public RowScratch(RowShares* shares)
    {
        var part = Interlocked.Increment(ref shares->Taken) - 1;
        next = (float*)((byte*)shares + RowMemory.Line + (part * shares->Bytes));
        NativeMemory.Clear(next, (nuint)shares->Bytes);
    }

    /// <summary>The next matrix.</summary>
    /// <param name="count">Its numbers.</param>
    public float* Take(long count)
    {
        var piece = next;
        next += RowMemory.BytesOf(count) / sizeof(float);
        return piece;
    }
}
