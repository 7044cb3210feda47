using System.Globalization;
using Plinth.Core;
using Plinth.Inference.Pipelines;
using Plinth.Tasks;

namespace Plinth.Recipes.Pipelines;

/// <summary>Answers in lines that a person can read.</summary>
public static class AnswerLines
{
    /// <summary>The lines of an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="top">Of lists that are sorted by score, how many to show at most.</param>
    public static IEnumerable<string> Of(Answer answer, int top = 3) => answer switch
    {
        LabelScores labels => labels.Labels.Take(top).Select(label => $"{Share(label.Score)}  {label.Label}{(label.IsFlagged ? "  (flagged)" : "")}"),
        SimilarityAnswer pair => [$"{Share(pair.Similarity)}{pair.IsSame switch { true => "  same", false => "  different", null => "" }}"],
        NumberAnswer number => [Number(number.Value)],
        EntityAnswer { Entities.Count: 0 } => ["(nothing)"],
        EntityAnswer entities => entities.Entities.Select(entity => $"{Share(entity.Score)}  {entity.Type,-10}  {entity.Text}  (at {entity.Start})"),
        BoxAnswer { Boxes.Count: 0 } => ["(nothing)"],
        BoxAnswer boxes => boxes.Boxes.Take(top).Select(Box),
        SpanAnswer span => Span(span, top),
        TextAnswer text => [text.Text],
        RecordAnswer record => [record.Json],
        VectorAnswer vector => [Components(vector.Vector)],
        TokenVectors vectors => vectors.Vectors.Select(Components),
        ScoredTexts texts => texts.Texts.Take(top).Select(text => $"{Share(text.Score)}  {text.Text}"),
        FilledMasks masks => masks.Guesses.SelectMany(guesses => guesses.Take(top)).Select(guess => $"{Share(guess.Probability)}  {guess.Text}"),
        AnswerLikelihood likelihood => [string.Create(CultureInfo.InvariantCulture, $"{likelihood.LogProbability:0.0000} nats over {likelihood.TokenCount} tokens")],
        _ => throw new ArgumentException($"There are no lines for a {answer?.GetType().Name ?? "null"}.", nameof(answer)),
    };

    // The answer first, when it is that there is none; then the pieces.
    private static IEnumerable<string> Span(SpanAnswer answer, int top) =>
    [
        .. answer.Span is null ? (string[])[$"{Share(answer.Score)}  (no answer)"] : [],
        .. answer.Candidates.Take(answer.Span is null ? top - 1 : top).Select(piece => $"{Share(piece.Score)}  {piece.Span.Text}  (at {piece.Span.Start})"),
    ];

    private static string Box(FoundBox box) => string.Create(
        CultureInfo.InvariantCulture, $"{Share(box.Score)}  {box.Label,-10}  {box.Width:0} × {box.Height:0} at {box.Left:0}, {box.Top:0}");

    private static string Share(double probability) => probability.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Components(IReadOnlyList<float> vector) => string.Join(' ', vector.Select(value => Number(value)));
}
