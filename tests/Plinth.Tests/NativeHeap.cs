using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Plinth.Tests;

/// <summary>
/// What the native heap has given out. A test that asks whether memory grows counts this, not what is resident: after freed memory was given
/// back, the same few megabytes can lie in one hole of the heap after the other, and each that is touched makes the process larger.
/// </summary>
internal static unsafe class NativeHeap
{
    private static readonly delegate* unmanaged<Facts> ask =
        OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "mallinfo2", out var address)
            ? (delegate* unmanaged<Facts>)address
            : null;

    /// <summary>Bytes that are allocated and not freed; where the C library does not tell, what is resident.</summary>
    public static long InUse
    {
        get
        {
            if (ask == null)
            {
                return Environment.WorkingSet;
            }

            var facts = ask();
            return (long)(facts.InHeaps + facts.Mapped);
        }
    }

    // struct mallinfo2 of malloc.h, glibc 2.33 and later, summed over all heaps.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Facts
    {
        public readonly nuint Arena, FreeBlocks, FastBlocks, MappedBlocks, Mapped, Unused, InFastBlocks, InHeaps, Free, Top;
    }
}

public sealed class NativeHeapTests
{
    [Theory]
    [InlineData(8 << 20)]
    [InlineData(300 << 20)]    // mapped on its own
    public void Counts_what_a_tensor_takes_until_it_is_disposed(long bytes)
    {
        var before = NativeHeap.InUse;
        var numbers = ones(bytes / 4);
        Assert.InRange(NativeHeap.InUse - before, bytes - (bytes / 8), bytes + (bytes / 8));
        numbers.Dispose();
        Assert.InRange(NativeHeap.InUse - before, -bytes / 8, bytes / 8);
    }
}
