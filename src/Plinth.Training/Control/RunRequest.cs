namespace Plinth.Training.Control;

/// <summary>What can be asked of a run that is going on. It is done between two steps and changes no number of the run.</summary>
public enum RunRequest
{
    /// <summary>Compute nothing until <see cref="Continue"/> or <see cref="Stop"/>.</summary>
    Pause,

    /// <summary>Go on after <see cref="Pause"/>.</summary>
    Continue,

    /// <summary>Write a snapshot and end, as after Ctrl-C: the same command goes on from there.</summary>
    Stop,

    /// <summary>Write a snapshot now.</summary>
    Snapshot,
}

/// <summary>Where a run hears what is asked of it.</summary>
public interface IRunControl
{
    /// <summary>Called once before the first step: what was asked earlier was asked of another run and is void.</summary>
    void Begin();

    /// <summary>Takes what is asked, if anything. Called on the training thread before every step, and several times a second while the run is paused, so it must cost next to nothing.</summary>
    RunRequest? Take();
}
