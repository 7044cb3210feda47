using Plinth.Training.Observers;

namespace Plinth.Recipes.Quickstart;

/// <summary>Shows a quickstart while it runs.</summary>
public interface IQuickstartView
{
    /// <summary>Watches the pre-training runs.</summary>
    IRunObserver Training { get; }

    /// <summary>A new part of the run begins.</summary>
    /// <param name="title">What it does.</param>
    void Stage(string title);

    /// <summary>A remark.</summary>
    void Note(string text);

    /// <summary>How far the measurements of the table are.</summary>
    /// <param name="done">Entries measured.</param>
    /// <param name="total">Entries planned.</param>
    /// <param name="current">What is measured now.</param>
    /// <param name="remaining">Estimated time to the last one.</param>
    void Measured(int done, int total, string current, TimeSpan remaining);
}
