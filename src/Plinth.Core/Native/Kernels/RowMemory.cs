using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// Memory for the matrices of all threads of one call. It is taken before the threads begin: an error in one of them would end the process, and
/// here it only ends the call.
/// </summary>
internal sealed unsafe class RowMemory : IDisposable
{
    /// <summary>Each matrix begins at a line of the cache.</summary>
    public const long Line = 64;

    private const int MostMatrices = 32;

    /// <param name="count">Numbers of all matrices of one thread together.</param>
    /// <exception cref="OutOfMemoryException">There is not so much memory.</exception>
    public RowMemory(long count)
    {
        var bytes = BytesOf(count) + (MostMatrices * Line);
        Shares = (RowShares*)NativeMemory.AlignedAlloc(checked((nuint)(Line + (bytes * get_num_threads()))), (nuint)Line);
        *Shares = new() { Bytes = bytes };
    }

    /// <summary>Bytes of so many numbers, up to the next line.</summary>
    public static long BytesOf(long count) => (checked(count * sizeof(float)) + Line - 1) / Line * Line;

    /// <summary>What the threads take their part from.</summary>
    public RowShares* Shares { get; }

    /// <summary>Frees all of it.</summary>
    public void Dispose() => NativeMemory.AlignedFree(Shares);
}

/// <summary>The head of a block of memory that is shared out to threads; it fills less than a line, and the parts lie behind that.</summary>
internal struct RowShares
{
    public long Bytes;
    public long Taken;
}
