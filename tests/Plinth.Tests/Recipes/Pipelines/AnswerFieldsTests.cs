using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Inference.Pipelines;
using Plinth.Recipes.Pipelines;
using Plinth.Tasks;

namespace Plinth.Tests.Recipes.Pipelines;

public sealed class AnswerFieldsTests
{
    private static readonly IReadOnlyList<LabelScore> Two = [new("yes", 0.75), new("no", 0.25)];

    private static readonly (Answer Answer, IReadOnlyList<DataColumn> Columns, string Json, string[] Lines)[] Cases =
    [
        (new LabelScores(Two), AnswerFields.Labels, """{"label":"yes","score":0.75,"scores":{"yes":0.75,"no":0.25}}""", ["0.750  yes", "0.250  no"]),
        (new LabelScores(Two, false), AnswerFields.SeveralLabels, """{"label":"yes","score":0.75,"scores":{"yes":0.75,"no":0.25},"labels":["yes"]}""", ["0.750  yes", "0.250  no"]),
        (new LabelScores([new("yes", 0.75), new("no", 0.25) { Threshold = 0.25 }, new("odd", 0.1) { Threshold = double.PositiveInfinity }], false), [.. AnswerFields.SeveralLabels, .. AnswerFields.Flags],
            """{"label":"yes","score":0.75,"scores":{"yes":0.75,"no":0.25,"odd":0.1},"labels":["yes","no"],"flagged":true,"flags":{"no":true,"odd":false}}""",
            ["0.750  yes", "0.250  no  (flagged)", "0.100  odd"]),
        (new LabelScores([new("yes", 0.75) { Threshold = 0.8 }, new("no", 0.25)]), [.. AnswerFields.Labels, .. AnswerFields.Flags],
            """{"label":"yes","score":0.75,"scores":{"yes":0.75,"no":0.25},"flagged":false,"flags":{"yes":false}}""", ["0.750  yes", "0.250  no"]),
        (new SimilarityAnswer(0.5, true), AnswerFields.Similarity, """{"similarity":0.5,"same":true}""", ["0.500  same"]),
        (new SimilarityAnswer(-0.5, null), AnswerFields.Similarity, """{"similarity":-0.5,"same":null}""", ["-0.500"]),
        (new NumberAnswer(1.5), AnswerFields.Number, """{"value":1.5}""", ["1.5000"]),
        (new EntityAnswer([new("PER", 0.5, 2, "Ann")]), AnswerFields.Entities, """{"entities":[{"type":"PER","score":0.5,"start":2,"end":5,"text":"Ann"}]}""", ["0.500  PER         Ann  (at 2)"]),
        (new EntityAnswer([]), AnswerFields.Entities, """{"entities":[]}""", ["(nothing)"]),
        (new SpanAnswer(new(3, "red"), 0.5) { Candidates = [new(new(3, "red"), 0.5)], NoAnswerMargin = -2 }, AnswerFields.Span,
            """{"answer":"red","score":0.5,"start":3,"end":6,"no_answer_margin":-2,"answers":[{"answer":"red","score":0.5,"start":3,"end":6}]}""", ["0.500  red  (at 3)"]),
        (new SpanAnswer(null, 1) { NoAnswerMargin = double.PositiveInfinity }, AnswerFields.Span,
            """{"answer":null,"score":1,"start":null,"end":null,"no_answer_margin":null,"answers":[]}""", ["1.000  (no answer)"]),
        (new TextAnswer("x"), AnswerFields.Text, """{"generated":"x"}""", ["x"]),
        (new VectorAnswer([0.5f, -1]), AnswerFields.Vector, """{"vector":[0.5,-1]}""", ["0.5000 -1.0000"]),
        (new TokenVectors([[0.5f], [2]]), AnswerFields.TokenVectors, """{"vectors":[[0.5],[2]]}""", ["0.5000", "2.0000"]),
        (new ScoredTexts([new(0, "a", 0.25), new(1, "b", 0.5)]), AnswerFields.Texts,
            """{"index":1,"score":0.5,"best":"b","texts":[{"index":0,"score":0.25,"text":"a"},{"index":1,"score":0.5,"text":"b"}]}""", ["0.250  a", "0.500  b"]),
        (new FilledMasks([[new(7, "w", 0.5, "a w")]]), AnswerFields.Masks,
            """{"token":"w","score":0.5,"filled":"a w","guesses":[[{"token":"w","id":7,"score":0.5,"text":"a w"}]]}""", ["0.500  a w"]),
        (new AnswerLikelihood(-1.5, 2), AnswerFields.Likelihood, """{"log_probability":-1.5,"tokens":2}""", ["-1.5000 nats over 2 tokens"]),
    ];

    [Fact]
    public void Each_answer_has_its_columns_its_JSON_and_its_lines()
    {
        foreach (var (answer, columns, json, lines) in Cases)
        {
            Assert.Equal(columns.Select(column => column.Name), AnswerFields.Of(answer).Select(field => field.Key));
            Assert.Equal(json, AnswerFields.Json(answer).ToJsonString());
            Assert.Equal(lines, AnswerLines.Of(answer));
        }
    }

    [Fact]
    public void Lists_are_cut_after_the_best()
    {
        Assert.Equal("""{"label":"yes","score":0.75,"scores":{"yes":0.75}}""", AnswerFields.Json(new LabelScores(Two), 1).ToJsonString());
        Assert.Equal(["0.750  yes"], AnswerLines.Of(new LabelScores(Two), 1));
    }
}
