using System.Runtime.ExceptionServices;

namespace Plinth.Core.Native;

/// <summary>
/// Brings errors out of backward passes. libtorch calls an operation of our own from the middle of a pass, through which no error of .NET can
/// pass: it would end the process, and with it a run that could have gone on with smaller pieces.
/// </summary>
public static class BackwardFailures
{
    private static readonly Lock gate = new();
    private static long count;
    private static ExceptionDispatchInfo? last;

    /// <summary>Keeps an error until the pass is over. What the operation returns after it is worth nothing.</summary>
    public static void Note(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        lock (gate)
        {
            count++;
            last = ExceptionDispatchInfo.Capture(error);
        }
    }

    /// <summary>
    /// Runs a backward pass, and throws what was noted in the meantime. Passes may be computed by threads of libtorch's own, so where two run at the same time
    /// an error of one fails both.
    /// </summary>
    public static void Run(Action pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        var before = Interlocked.Read(ref count);
        pass();
        lock (gate)
        {
            if (count != before)
            {
                last!.Throw();
            }
        }
    }
}
