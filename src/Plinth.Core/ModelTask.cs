using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>
/// An objective that can also answer: raw samples in, answers out, and scores that say how good the answers are.
/// </summary>
public abstract class ModelTask : Objective
{
    /// <param name="name">Name of the task, as in its catalog.</param>
    protected ModelTask(string name) : base(name) { }

    /// <summary>Makes a batch of raw samples, labels included when the samples have them.</summary>
    /// <exception cref="BadInputException">A sample lacks what the task needs.</exception>
    public abstract Batch Collate(IReadOnlyList<Sample> samples);

    /// <summary>Answers samples in their order. Called without gradients and in evaluation mode.</summary>
    public abstract IReadOnlyList<Answer> Answer(IReadOnlyList<Sample> samples);

    /// <summary>Compares answers with the samples' labels.</summary>
    /// <returns>Metric name to value, for example <c>accuracy</c>; the first one is the task's main metric, higher is better.</returns>
    public abstract IReadOnlyList<KeyValuePair<string, double>> Score(IReadOnlyList<Sample> samples, IReadOnlyList<Answer> answers);

    /// <summary>Writes what this task says beside the weights, config and tokenizer of a checkpoint; most tasks say nothing.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <exception cref="PlinthException">The folder cannot be written.</exception>
    public virtual void SaveFiles(string folder)
    {
    }

    /// <summary>Reads what <see cref="SaveFiles"/> wrote, when a folder that was adapted to this task is loaded.</summary>
    /// <param name="folder">The checkpoint's or the adapter's folder.</param>
    /// <exception cref="PlinthException">A file is malformed, or does not fit the model.</exception>
    public virtual void LoadFiles(string folder)
    {
    }
}
