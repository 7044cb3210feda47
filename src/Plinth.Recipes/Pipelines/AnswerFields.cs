using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Inference.Pipelines;
using Plinth.Tasks;

namespace Plinth.Recipes.Pipelines;

/// <summary>Answers as named fields: the one place that says what an answer looks like in JSON and in the columns of a file.</summary>
public static class AnswerFields
{
    /// <summary>Of one class among several.</summary>
    public static IReadOnlyList<DataColumn> Labels { get; } = [new("label", ColumnKind.Text), new("score", ColumnKind.Number), new("scores", ColumnKind.Json)];

    /// <summary>Of any number of classes; <c>labels</c> holds those over their threshold, or where none was chosen over one half.</summary>
    public static IReadOnlyList<DataColumn> SeveralLabels { get; } = [.. Labels, new("labels", ColumnKind.Json)];

    /// <summary>Of classes with thresholds, behind their other fields: <c>flagged</c> is whether any class is, <c>flags</c> which.</summary>
    public static IReadOnlyList<DataColumn> Flags { get; } = [new("flagged", ColumnKind.Flag), new("flags", ColumnKind.Json)];

    /// <summary>Of two things that are compared; <c>same</c> is missing without a threshold.</summary>
    public static IReadOnlyList<DataColumn> Similarity { get; } = [new("similarity", ColumnKind.Number), new("same", ColumnKind.Flag)];

    /// <summary>Of a number.</summary>
    public static IReadOnlyList<DataColumn> Number { get; } = [new("value", ColumnKind.Number)];

    /// <summary>Of entities.</summary>
    public static IReadOnlyList<DataColumn> Entities { get; } = [new("entities", ColumnKind.Json)];

    /// <summary>Of things in a picture; <c>count</c> is how many, boxes are in pixels of the upright picture.</summary>
    public static IReadOnlyList<DataColumn> Boxes { get; } = [new("count", ColumnKind.Whole), new("boxes", ColumnKind.Json)];

    /// <summary>Of a piece of the context; <c>start</c> and <c>end</c> count UTF-16 code units.</summary>
    public static IReadOnlyList<DataColumn> Span { get; } =
    [
        new("answer", ColumnKind.Text), new("score", ColumnKind.Number), new("start", ColumnKind.Whole), new("end", ColumnKind.Whole),
        new("no_answer_margin", ColumnKind.Number), new("answers", ColumnKind.Json),
    ];

    /// <summary>Of a written text.</summary>
    public static IReadOnlyList<DataColumn> Text { get; } = [new("generated", ColumnKind.Text)];

    /// <summary>Of a document.</summary>
    public static IReadOnlyList<DataColumn> Record { get; } = [new("record", ColumnKind.Json)];

    /// <summary>Of a vector.</summary>
    public static IReadOnlyList<DataColumn> Vector { get; } = [new("vector", ColumnKind.Vector)];

    /// <summary>Of one vector per token.</summary>
    public static IReadOnlyList<DataColumn> TokenVectors { get; } = [new("vectors", ColumnKind.Json)];

    /// <summary>Of texts with scores; <c>index</c>, <c>score</c> and <c>best</c> are those of the best one.</summary>
    public static IReadOnlyList<DataColumn> Texts { get; } =
        [new("index", ColumnKind.Whole), new("score", ColumnKind.Number), new("best", ColumnKind.Text), new("texts", ColumnKind.Json)];

    /// <summary>Of hidden tokens; <c>token</c>, <c>score</c> and <c>filled</c> are the best guess for the first.</summary>
    public static IReadOnlyList<DataColumn> Masks { get; } =
        [new("token", ColumnKind.Text), new("score", ColumnKind.Number), new("filled", ColumnKind.Text), new("guesses", ColumnKind.Json)];

    /// <summary>Of how probable an answer is.</summary>
    public static IReadOnlyList<DataColumn> Likelihood { get; } = [new("log_probability", ColumnKind.Number), new("tokens", ColumnKind.Whole)];

    /// <summary>The fields of an answer, in the order of its columns.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="top">Of lists that are sorted by score, how many to give at most; null gives all.</param>
    public static IReadOnlyList<KeyValuePair<string, JsonNode?>> Of(Answer answer, int? top = null) => answer switch
    {
        LabelScores labels => OfLabels(labels, top),
        SimilarityAnswer pair => Fields(Similarity, Finite(pair.Similarity), pair.IsSame),
        NumberAnswer number => Fields(Number, Finite(number.Value)),
        EntityAnswer entities => Fields(Entities, List(entities.Entities, Entity)),
        BoxAnswer boxes => Fields(Boxes, boxes.Boxes.Count, List(Most(boxes.Boxes, top), Box)),
        SpanAnswer span => Fields(Span,
            span.Span?.Text, Finite(span.Score), span.Span?.Start, span.Span?.Start + span.Span?.Text.Length, Finite(span.NoAnswerMargin), List(Most(span.Candidates, top), Candidate)),
        TextAnswer text => Fields(Text, text.Text),
        RecordAnswer record => Fields(Record, JsonNode.Parse(record.Json)),
        VectorAnswer vector => Fields(Vector, Components(vector.Vector)),
        TokenVectors vectors => Fields(TokenVectors, List(vectors.Vectors, Components)),
        ScoredTexts texts => Fields(Texts, [.. Best(texts), List(Most(texts.Texts, top), Scored)]),
        FilledMasks masks => Fields(Masks,
            masks.Guesses[0][0].Token, Finite(masks.Guesses[0][0].Probability), masks.Guesses[0][0].Text, List(masks.Guesses, guesses => List(Most(guesses, top), Guess))),
        AnswerLikelihood likelihood => Fields(Likelihood, Finite(likelihood.LogProbability), likelihood.TokenCount),
        _ => throw new ArgumentException($"There are no fields for a {answer?.GetType().Name ?? "null"}.", nameof(answer)),
    };

    /// <summary>An answer as one JSON object.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="top">Of lists that are sorted by score, how many to give at most; null gives all.</param>
    public static JsonObject Json(Answer answer, int? top = null) => new(Of(answer, top));

    private static KeyValuePair<string, JsonNode?>[] OfLabels(LabelScores answer, int? top)
    {
        var decided = answer.Labels.Where(label => label.Threshold is not null).ToList();
        return
        [
            .. Fields(Labels,
                [.. answer.Labels is [var best, ..] ? (JsonNode?[])[best.Label, Finite(best.Score)] : [null, null], Map(Most(answer.Labels, top), label => label.Label, label => Finite(label.Score))]),
            .. answer.IsExclusive ? [] : Fields([SeveralLabels[^1]], List(answer.Applying, label => label.Label)),
            .. decided.Count == 0 ? [] : Fields(Flags, decided.Any(label => label.IsFlagged), Map(decided, label => label.Label, label => label.IsFlagged)),
        ];
    }

    private static JsonNode?[] Best(ScoredTexts texts) => texts.Texts.MaxBy(text => text.Score) is { } best ? [best.Index, Finite(best.Score), best.Text] : [null, null, null];

    private static JsonObject Entity(Entity entity) => new JsonObject
    {
        ["type"] = entity.Type, ["score"] = Finite(entity.Score), ["start"] = entity.Start, ["end"] = entity.End, ["text"] = entity.Text,
    };

    private static JsonObject Box(FoundBox box) => new JsonObject
    {
        ["label"] = box.Label, ["score"] = Finite(box.Score),
        ["left"] = Finite(box.Left), ["top"] = Finite(box.Top), ["width"] = Finite(box.Width), ["height"] = Finite(box.Height),
    };

    private static JsonObject Candidate(SpanCandidate candidate) => new JsonObject
    {
        ["answer"] = candidate.Span.Text, ["score"] = Finite(candidate.Score), ["start"] = candidate.Span.Start, ["end"] = candidate.Span.Start + candidate.Span.Text.Length,
    };

    private static JsonObject Scored(ScoredText text) => new JsonObject { ["index"] = text.Index, ["score"] = Finite(text.Score), ["text"] = text.Text };

    private static JsonObject Guess(TokenGuess guess) => new JsonObject { ["token"] = guess.Token, ["id"] = guess.Id, ["score"] = Finite(guess.Probability), ["text"] = guess.Text };

    private static JsonArray Components(IReadOnlyList<float> vector) => new([.. vector.Select(value => float.IsFinite(value) ? JsonValue.Create(value) : null)]);

    private static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonNode?> node) => new([.. items.Select(node)]);

    private static JsonObject Map<T>(IEnumerable<T> items, Func<T, string> name, Func<T, JsonNode?> value)
    {
        JsonObject map = [];
        foreach (var item in items)
        {
            // Two classes may have one name; the better one is told.
            map.TryAdd(name(item), value(item));
        }

        return map;
    }

    // Infinities and what is no number have no form in JSON.
    private static JsonValue? Finite(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;

    private static IEnumerable<T> Most<T>(IReadOnlyList<T> items, int? top) => top is { } count ? items.Take(count) : items;

    private static KeyValuePair<string, JsonNode?>[] Fields(IReadOnlyList<DataColumn> columns, params JsonNode?[] values) =>
        [.. columns.Zip(values, (column, value) => KeyValuePair.Create(column.Name, value))];
}
