using System.Runtime.InteropServices;

namespace Plinth.Core.Native;

/// <summary>
/// Gives memory that torch has freed back to the system. Batches of ever other lengths leave holes in the C library's heap, which it
/// keeps: without this the resident memory of a long loop can become several times what is in use.
/// </summary>
public static unsafe class TorchMemory
{
    private const long Slack = 512L << 20;

    // What is given back has to be touched anew, at seconds for each gigabyte: not more often than this.
    private static readonly TimeSpan rest = TimeSpan.FromMinutes(1);

    private static readonly delegate* unmanaged<nuint, int> trim = FindTrim();
    private static long floor;    // 0 before the first look
    private static long last = Environment.TickCount64;

    /// <summary>
    /// To be called now and then in a long loop: when the process has grown by more than a quarter, and by more than half a gigabyte,
    /// since the last time, freed memory is given back; at most once a minute.
    /// </summary>
    public static void Tidy()
    {
        var resident = Environment.WorkingSet;
        var before = Interlocked.CompareExchange(ref floor, resident, 0);
        if (before != 0 && resident > before + Math.Max(Slack, before / 4) && Environment.TickCount64 - Interlocked.Read(ref last) > rest.TotalMilliseconds)
        {
            GiveBack();
        }
    }

    /// <summary>Gives freed memory back now. It costs the time of touching the memory anew.</summary>
    /// <returns>Whether there was any; always false where the system's C library does this by itself.</returns>
    public static bool GiveBack()
    {
        // What a step needs for its own time comes back at once; the next look, not this one, is what growth is counted from.
        Interlocked.Exchange(ref floor, 0);
        Interlocked.Exchange(ref last, Environment.TickCount64);
        return trim != null && trim(0) != 0;
    }

    // Only glibc has it, and only there it is needed.
    private static delegate* unmanaged<nuint, int> FindTrim() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "malloc_trim", out var address)
            ? (delegate* unmanaged<nuint, int>)address
            : null;
}
