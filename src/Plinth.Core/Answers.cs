namespace Plinth.Core;

/// <summary>What a task says of one sample.</summary>
public abstract record Answer;

/// <summary>Scores per class, best first on demand.</summary>
/// <param name="Scores">Probability per class (or the plain value for regression).</param>
public sealed record ClassScores(IReadOnlyList<double> Scores) : Answer
{
    /// <summary>What the probabilities were made of, or null where it is not known.</summary>
    public IReadOnlyList<double>? Logits { get; init; }

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

/// <summary>A piece of the context that may be the answer.</summary>
/// <param name="Span">The piece.</param>
/// <param name="Score">Its probability among the pieces that were compared.</param>
public sealed record SpanCandidate(TextSpan Span, double Score);

/// <summary>A piece of the context, or none.</summary>
/// <param name="Span">The answer, or null when the context has none.</param>
/// <param name="Score">Probability of the answer given.</param>
public sealed record SpanAnswer(TextSpan? Span, double Score) : Answer
{
    /// <summary>The best pieces, best first, also when none of them was given as the answer.</summary>
    public IReadOnlyList<SpanCandidate> Candidates { get; init; } = [];

    /// <summary>
    /// By how much the score of "there is no answer" exceeds the best piece's, in logits (the null score difference of
    /// SQuAD 2.0, Rajpurkar et al. 2018, arXiv:1806.03822); infinite when there is no piece.
    /// </summary>
    public double NoAnswerMargin { get; init; } = double.NegativeInfinity;
}

/// <summary>A text that was written.</summary>
/// <param name="Text">The text.</param>
public sealed record TextAnswer(string Text) : Answer;

/// <summary>New texts, one for each thing that a sample asks.</summary>
/// <param name="Texts">In the order asked.</param>
public sealed record TextAnswers(IReadOnlyList<string> Texts) : Answer;

/// <summary>A document of a schema.</summary>
/// <param name="Json">The document.</param>
public sealed record RecordAnswer(string Json) : Answer;

/// <summary>A vector that stands for the sample.</summary>
/// <param name="Vector">Its components, of unit length.</param>
public sealed record VectorAnswer(IReadOnlyList<float> Vector) : Answer;

/// <summary>A class and how well it fits.</summary>
/// <param name="Label">Name of the class.</param>
/// <param name="Score">0 to 1.</param>
public sealed record LabelScore(string Label, double Score)
{
    /// <summary>The score from which the class is flagged, where one was chosen for the model; infinite where it never is.</summary>
    public double? Threshold { get; init; }

    /// <summary>Whether the class has a threshold and reaches it.</summary>
    public bool IsFlagged => Score >= Threshold;

    /// <summary>Whether the class applies, judged alone: flagged, or without a threshold likelier than not.</summary>
    public bool Applies => Threshold is null ? Score > 0.5 : IsFlagged;
}

/// <summary>Classes by name.</summary>
/// <param name="Labels">All classes, best first.</param>
/// <param name="IsExclusive">Whether exactly one of them applies, so that the scores sum to 1; else each is judged alone.</param>
public sealed record LabelScores(IReadOnlyList<LabelScore> Labels, bool IsExclusive = true) : Answer
{
    /// <summary>The best class where exactly one applies, else those that do.</summary>
    public IEnumerable<LabelScore> Applying => IsExclusive ? Labels.Take(1) : Labels.Where(label => label.Applies);
}

/// <summary>How alike two things are.</summary>
/// <param name="Similarity">Cosine of their vectors, -1 to 1.</param>
/// <param name="IsSame">Whether that is enough to be the same; null where no threshold was given.</param>
public sealed record SimilarityAnswer(double Similarity, bool? IsSame) : Answer;

/// <summary>Something that a picture shows, in pixels of the upright picture.</summary>
/// <param name="Label">Name of its class.</param>
/// <param name="Score">How sure the model is, 0 to 1.</param>
/// <param name="Left">Where it begins from the left; may lie a little outside the picture.</param>
/// <param name="Top">Where it begins from the top.</param>
/// <param name="Width">Its width.</param>
/// <param name="Height">Its height.</param>
public sealed record FoundBox(string Label, double Score, double Left, double Top, double Width, double Height)
{
    /// <summary>The box by its edges.</summary>
    public Box Edges => new(Left, Top, Left + Width, Top + Height);
}

/// <summary>What a picture shows, and where.</summary>
/// <param name="Boxes">The surest first; possibly none.</param>
public sealed record BoxAnswer(IReadOnlyList<FoundBox> Boxes) : Answer;

/// <summary>A number that was predicted.</summary>
/// <param name="Value">The number.</param>
public sealed record NumberAnswer(double Value) : Answer;

/// <summary>Something that a text names.</summary>
/// <param name="Type">What it is, for example <c>PER</c>.</param>
/// <param name="Score">How sure the model is, 0 to 1.</param>
/// <param name="Start">First UTF-16 code unit in the text.</param>
/// <param name="Text">The piece of the text.</param>
public sealed record Entity(string Type, double Score, int Start, string Text)
{
    /// <summary>Code unit after the last.</summary>
    public int End => Start + Text.Length;
}

/// <summary>What a text names, in its order.</summary>
/// <param name="Entities">Possibly none.</param>
public sealed record EntityAnswer(IReadOnlyList<Entity> Entities) : Answer;

/// <summary>One vector per token.</summary>
/// <param name="Vectors">In the order of the tokens, special ones included.</param>
public sealed record TokenVectors(IReadOnlyList<IReadOnlyList<float>> Vectors) : Answer;

/// <summary>One of the texts that a text was compared with.</summary>
/// <param name="Index">Its place in what was given, from 0.</param>
/// <param name="Text">The text.</param>
/// <param name="Score">How near it is, or how well it answers.</param>
public sealed record ScoredText(int Index, string Text, double Score);

/// <summary>Texts with their scores.</summary>
/// <param name="Texts">In the order that the task promises.</param>
public sealed record ScoredTexts(IReadOnlyList<ScoredText> Texts) : Answer;
