using System.Runtime.InteropServices;

namespace Plinth.Core.Native;

/// <summary>What errors of libtorch mean; it tells them apart by their text alone.</summary>
public static class TorchErrors
{
    // The allocators of processor and graphics card, and the card's matrix library for its own workspace.
    private static readonly string[] memory = ["DefaultCPUAllocator", "out of memory", "CUBLAS_STATUS_ALLOC_FAILED"];

    /// <summary>Whether memory ran out, on the processor or on a device. What was being computed is lost; all that was there before is not.</summary>
    public static bool IsOutOfMemory(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error is OutOfMemoryException
            || (error is ExternalException && memory.Any(text => error.Message.Contains(text, StringComparison.OrdinalIgnoreCase)));
    }
}
