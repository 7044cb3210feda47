using System.Runtime.InteropServices;

namespace Plinth.Core.Native;

/// <summary>
/// Lets the C heap keep what tensors free. By default glibc gives large blocks back to the system at once, so that every
/// step of a loop gets the same megabytes as fresh pages, each to be cleared: half of all time in training a small model.
/// The price is that a process keeps up to a gigabyte of what it once used.
/// </summary>
internal static class HeapReuse
{
    // Parameters of mallopt in malloc.h.
    private const int TrimThreshold = -1, MapThreshold = -3;

    // Blocks above it are mapped on their own and given back: weights of large models, not the tensors of a step.
    private const int LargestKeptBlock = 256 << 20;

    private const int LargestKeptFree = 1 << 30;

    /// <summary>Sets glibc's thresholds, unless the user chose them or the system has another C library.</summary>
    public static void Apply()
    {
        if (!OperatingSystem.IsLinux() || IsChosen("MALLOC_TRIM_THRESHOLD_") || IsChosen("MALLOC_MMAP_THRESHOLD_") || IsChosen("GLIBC_TUNABLES"))
        {
            return;
        }

        try
        {
            _ = SetOption(MapThreshold, LargestKeptBlock);
            _ = SetOption(TrimThreshold, LargestKeptFree);
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another C library, such as musl: slower, not wrong.
        }
    }

    private static bool IsChosen(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };

    [DllImport("libc", EntryPoint = "mallopt")]
    private static extern int SetOption(int parameter, int value);
}
