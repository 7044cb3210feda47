using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>What a task says of one sample.</summary>
public abstract record Answer;

/// <summary>Scores per class, best first on demand.</summary>
/// <param name="Scores">Probability per class (or the plain value for regression).</param>
public sealed record ClassScores(IReadOnlyList<double> Scores) : Answer
{
    /// <summary>Number of the class with the highest score.</summary>
    public int Best
    {
        get
        {
            var best = 0;
            for (var i = 1; i < Scores.Count; i++)
            {
                best = Scores[i] > Scores[best] ? i : best;
            }

            return best;
        }
    }
}

/// <summary>One class per word.</summary>
/// <param name="Tags">Numbers of the classes.</param>
/// <param name="Scores">Probability of each chosen class.</param>
public sealed record WordTags(IReadOnlyList<int> Tags, IReadOnlyList<double> Scores) : Answer;

/// <summary>A piece of the context, or none.</summary>
/// <param name="Span">The answer, or null when the context has none.</param>
/// <param name="Score">Probability of the answer given.</param>
public sealed record SpanAnswer(TextSpan? Span, double Score) : Answer;

/// <summary>A text that was written.</summary>
/// <param name="Text">The text.</param>
public sealed record TextAnswer(string Text) : Answer;

/// <summary>A vector that stands for the sample.</summary>
/// <param name="Vector">Its components, of unit length.</param>
public sealed record VectorAnswer(IReadOnlyList<float> Vector) : Answer;

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
}
