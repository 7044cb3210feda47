using Plinth.Training.Observers;

namespace Plinth.Training.Control;

/// <summary>Does between two steps what a run is asked for.</summary>
/// <param name="control">Where it hears of it, or null for nowhere.</param>
/// <param name="meter">Does not count the time of a pause.</param>
/// <param name="save">Writes a snapshot.</param>
/// <param name="acknowledge">Told of each request that is followed.</param>
internal sealed class RunSteering(IRunControl? control, ProgressMeter meter, Action save, Action<RunRequest> acknowledge)
{
    private static readonly TimeSpan nap = TimeSpan.FromMilliseconds(50);

    /// <summary>Called once before the first step.</summary>
    public void Begin() => control?.Begin();

    /// <summary>Follows what is asked, and returns when the next step is to be made.</summary>
    /// <returns>False where the run is to end.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled during a pause.</exception>
    public bool GoesOn(CancellationToken cancellation)
    {
        if (control?.Take() is not { } request)
        {
            return true;
        }

        if (!Follow(request))
        {
            return false;
        }

        return request != RunRequest.Pause || meter.WithoutCounting(() => Wait(cancellation));
    }

    private bool Wait(CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.WaitHandle.WaitOne(nap);
            cancellation.ThrowIfCancellationRequested();
            if (control!.Take() is { } request && request != RunRequest.Pause)
            {
                var goesOn = Follow(request);
                if (!goesOn || request == RunRequest.Continue)
                {
                    return goesOn;
                }
            }
        }
    }

    private bool Follow(RunRequest request)
    {
        if (request == RunRequest.Snapshot)
        {
            save();
        }

        acknowledge(request);
        return request != RunRequest.Stop;
    }
}
