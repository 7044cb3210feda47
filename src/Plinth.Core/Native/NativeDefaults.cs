using System.Runtime.InteropServices;

namespace Plinth.Core.Native;

/// <summary>
/// What the C library and OpenMP are told before libtorch is loaded, and libtorch after, where their own defaults cost a training loop
/// dearly or fill the screen. What the user's environment already says, stands.
/// </summary>
internal static unsafe class NativeDefaults
{
    /// <summary>Bytes of a block above which it is mapped on its own and given back: weights of large models, not the tensors of a step.</summary>
    public const int LargestKeptBlock = 256 << 20;

    // Parameters of mallopt in malloc.h.
    private const int TrimThreshold = -1, MapThreshold = -3;

    // A step may need more than any number of bytes set here, and would then touch all of it anew; TorchMemory gives back instead.
    private const int LargestKeptFree = -1;    // no limit

    // Turns, of some ten nanoseconds each, that a thread without work waits before it sleeps. GNU's OpenMP waits for milliseconds, so
    // that two programs on the same processors mostly wait for each other. From one operation to the next it is microseconds.
    private const string SpinVariable = "GOMP_SPINCOUNT", SpinCount = "20000";

    /// <summary>Sets them. Systems other than Linux keep theirs.</summary>
    public static void Apply()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            if (!NativeEnvironment.IsChosen("OMP_WAIT_POLICY"))
            {
                _ = NativeEnvironment.SetDefault(SpinVariable, SpinCount);
            }

            KeepHeap();
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another C library, such as musl: slower, not wrong.
        }
    }

    /// <summary>
    /// Tells a loaded libtorch not to ask NNPACK for convolutions. oneDNN comes first wherever both could serve, and where NNPACK does not
    /// know the processor, each thread of a program writes a warning about it.
    /// </summary>
    /// <param name="library">The handle of <c>torch_cpu</c>.</param>
    public static void ApplyTo(nint library)
    {
        // The names of at::globalContext() and at::Context::setUserEnabledNNPACK(bool) on Linux and macOS; elsewhere the default stands.
        if (NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out var context)
            && NativeLibrary.TryGetExport(library, "_ZN2at7Context20setUserEnabledNNPACKEb", out var enable))
        {
            ((delegate* unmanaged<nint, byte, void>)enable)(((delegate* unmanaged<nint>)context)(), 0);
        }
    }

    // By default glibc gives large blocks back to the system at once, so that every step of a loop gets the same megabytes as fresh
    // pages, each to be cleared: half of all time in training a small model. The price is that a process keeps what it once used
    // until TorchMemory gives it back.
    private static void KeepHeap()
    {
        string[] variables = ["MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES"];
        if (!variables.Any(NativeEnvironment.IsChosen))
        {
            _ = SetOption(MapThreshold, LargestKeptBlock);
            _ = SetOption(TrimThreshold, LargestKeptFree);
        }
    }

    [DllImport("libc", EntryPoint = "mallopt")]
    private static extern int SetOption(int parameter, int value);
}
