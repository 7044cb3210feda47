using System.Runtime;

namespace Plinth.Core.Native;

/// <summary>
/// Keeps the garbage collector from running while several threads work, and lets it run where the thread that computes is inside no
/// native call. A collection that one thread causes can free a scalar which another's native call still reads (docs/architecture.md,
/// Threads). The pause is the whole process's, so that all its users share it.
/// </summary>
public static class CollectionPause
{
    private static readonly Lock Gate = new();
    private static int users;
    private static bool isOn;

    /// <summary>One more user begins.</summary>
    public static void Enter()
    {
        lock (Gate)
        {
            users++;
        }
    }

    /// <summary>Collects what is due and begins the next pause. To be called where no user is inside a native call.</summary>
    /// <param name="bytes">What all threads together may allocate before it ends by itself.</param>
    /// <returns>Whether the last pause, if there was one, held until now.</returns>
    public static bool Renew(long bytes)
    {
        lock (Gate)
        {
            var held = !isOn || End();
            try
            {
                isOn = GCSettings.LatencyMode != GCLatencyMode.NoGCRegion && GC.TryStartNoGCRegion(bytes);
            }
            catch (Exception error) when (error is ArgumentOutOfRangeException or InvalidOperationException)
            {
                // More than this process may have, or somebody else's pause: then there is none of ours.
                isOn = false;
            }

            return held && isOn;
        }
    }

    /// <summary>A user ends; the last one ends the pause.</summary>
    public static void Leave()
    {
        lock (Gate)
        {
            if (--users == 0 && isOn)
            {
                End();
            }
        }
    }

    private static bool End()
    {
        isOn = false;
        // It ends by itself when more is allocated than was foreseen, or somebody asks for a collection.
        if (GCSettings.LatencyMode != GCLatencyMode.NoGCRegion)
        {
            return false;
        }

        try
        {
            GC.EndNoGCRegion();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
