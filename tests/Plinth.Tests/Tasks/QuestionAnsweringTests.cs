using Plinth.Core;
using Plinth.Tasks;
using Plinth.Tasks.Metrics;
using Plinth.Tests.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Tasks;

public class QuestionAnsweringTests
{
    private static readonly WordTokenizer Words = WordTokenizer.OfWords(60);
    private static readonly string Context = string.Join("  ", Enumerable.Range(0, 33).Select(i => $"w{i}"));

    [Fact]
    public void The_best_answers_are_those_of_all_pieces_of_all_windows()
    {
        using var scope = NewDisposeScope();
        var options = new QuestionAnsweringOptions { MaximumLength = 16, Overlap = 4, MaximumAnswerLength = 3, CandidateCount = 40, AnswerCount = 40, CanAbstain = true };
        var task = Asker(options);
        var answer = (SpanAnswer)task.Answer([new TextSample("w50 w51", Context)])[0];
        var (pieces, silence) = ByHand(task, width: 11, step: 7, longest: 3);
        var best = pieces.OrderByDescending(piece => piece.Value).Take(40).ToList();
        Assert.Equal(best.Select(piece => piece.Key), answer.Candidates.Select(candidate => candidate.Span));
        var total = best.Sum(piece => Math.Exp(piece.Value)) + Math.Exp(silence);
        Assert.All(answer.Candidates.Zip(best), pair => Assert.Equal(Math.Exp(pair.Second.Value) / total, pair.First.Score, 1e-4));
        Assert.Equal(silence - best[0].Value, answer.NoAnswerMargin, 1e-3);
        Assert.All(answer.Candidates, candidate => Assert.Equal(candidate.Span.Text, Context.Substring(candidate.Span.Start, candidate.Span.Text.Length)));
    }

    [Fact]
    public void Silence_is_given_when_its_margin_exceeds_the_threshold()
    {
        using var scope = NewDisposeScope();
        var sample = new TextSample("w50 w51", Context);
        var margin = ((SpanAnswer)Asker(new()).Answer([sample])[0]).NoAnswerMargin;
        SpanAnswer With(double threshold, bool canAbstain = true) =>
            (SpanAnswer)Asker(new() { CanAbstain = canAbstain, AbstainMargin = threshold }).Answer([sample])[0];
        Assert.Null(With(margin - 0.01).Span);
        Assert.NotEmpty(With(margin - 0.01).Candidates);
        Assert.NotNull(With(margin + 0.01).Span);
        Assert.NotNull(With(margin - 0.01, canAbstain: false).Span);
        Assert.Equal(1, With(0).Candidates.Count / 5);
    }

    [Fact]
    public void Small_windows_move_on_however_large_the_overlap()
    {
        using var scope = NewDisposeScope();
        var batch = (TextBatch)Asker(new() { MaximumLength = 16, Overlap = 1000 }).Collate([new TextSample("w50 w51", Context)]);
        // Windows of 11 tokens share 5: they begin at 0, 6, 12, 18 and 24.
        Assert.Equal(5, batch.Count);
    }

    [Fact]
    public void Places_count_UTF16_units_of_the_context_as_it_was()
    {
        using var scope = NewDisposeScope();
        var task = Asker(new() { MaximumAnswerLength = 1, AnswerCount = 20 });
        var context = "😀 w1\t\tw2\u00a0w3";
        var answer = (SpanAnswer)task.Answer([new TextSample("w9", context)])[0];
        Assert.Equal([new(0, "😀"), new(3, "w1"), new(7, "w2"), new TextSpan(10, "w3")], answer.Candidates.Select(c => c.Span).OrderBy(span => span.Start));
    }

    [Fact]
    public void The_threshold_of_silence_is_the_one_that_scores_best()
    {
        // Right piece, wrong piece where silence is right, half right, no piece at all.
        var best = SquadThreshold.Of(["paris", "rome", "green tea", null], [-3.0, 2.0, -1.0, double.PositiveInfinity], [["Paris"], [], ["tea"], []]);
        Assert.Equal((1 + 1 + 2.0 / 3 + 1) / 4, best.F1, 1e-9);
        Assert.Equal(-1, best.Margin);
        Assert.Equal(new(1, 1), SquadThreshold.Of(["x"], [2], [[]]));
        Assert.True(double.IsNaN(SquadThreshold.Of([], [], []).F1));
    }

    [Fact]
    public void Samples_without_an_answer_bring_the_scores_of_abstaining()
    {
        using var scope = NewDisposeScope();
        var task = Asker(new() { CanAbstain = true });
        Sample[] samples = [new TextSample("w50", Context) { Spans = [new(0, "w0")] }, new TextSample("w51", Context) { Spans = [] }];
        var scores = task.Score(samples, task.Answer(samples));
        Assert.Equal(["f1", "exact_match", "best_f1", "best_abstain_margin"], scores.Select(score => score.Key));
        Assert.True(scores[2].Value >= scores[0].Value);
        Assert.Equal(2, task.Score(samples[..1], task.Answer(samples[..1])).Count);
    }

    // Every piece of every window, each read alone and without padding.
    private static (Dictionary<TextSpan, double> Pieces, double Silence) ByHand(QuestionAnswering task, int width, int step, int longest)
    {
        using var quiet = no_grad();
        Dictionary<TextSpan, double> pieces = [];
        var silence = double.PositiveInfinity;
        var context = Words.Encode(Context, null, addSpecial: false);
        int[] question = [.. Words.EncodeIds("w50 w51")];
        for (var start = 0; ; start += step)
        {
            int[] part = [.. context.Ids.Skip(start).Take(width)];
            var (ids, types) = Words.AddSpecial(question, part);
            var logits = task.Model.Logits(new TextBatch
            {
                InputIds = tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0),
                TokenTypeIds = tensor(types.Select(type => (long)type).ToArray()).unsqueeze(0),
            })[0];
            silence = Math.Min(silence, (logits[0, 0] + logits[0, 1]).ToDouble());
            for (var first = 0; first < part.Length; first++)
            {
                for (var last = first; last < Math.Min(part.Length, first + longest); last++)
                {
                    var (from, to) = (context.Spans[start + first].Start, context.Spans[start + last].End);
                    var span = new TextSpan(from, Context[from..to]);
                    var score = (logits[2 + question.Length + first, 0] + logits[2 + question.Length + last, 1]).ToDouble();
                    pieces[span] = Math.Max(score, pieces.GetValueOrDefault(span, double.NegativeInfinity));
                }
            }

            if (start + width >= context.Count)
            {
                return (pieces, silence);
            }
        }
    }

    private static QuestionAnswering Asker(QuestionAnsweringOptions options) =>
        new(InferenceModels.Sharpen(TinyModels.For(HeadKind.QuestionAnswering, Words.VocabularySize)), Words, options);
}
