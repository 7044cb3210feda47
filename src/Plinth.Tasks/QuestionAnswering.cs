using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Layers.Losses;
using Plinth.Tasks.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tasks;

/// <summary>
/// Finding the answer to a question in a context (Devlin et al. 2018, arXiv:1810.04805, sections 4.2 and 4.3): the text
/// is the question, the pair its context. Long contexts are read in windows that overlap. A window without the answer
/// points at the first special token, and so does a question that the context does not answer.
/// </summary>
public sealed class QuestionAnswering : TextTask
{
    private readonly QuestionAnsweringOptions options;

    /// <param name="model">A model with a question answering head.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">Windows and answers.</param>
    public QuestionAnswering(Model model, Tokenizer tokenizer, QuestionAnsweringOptions? options = null)
        : base("question_answering", model, tokenizer, options ??= new(), HeadKind.QuestionAnswering) => this.options = options;

    /// <inheritdoc />
    /// <remarks>The labels are the columns of the first and last token; <c>[window, 2]</c>.</remarks>
    protected override TextBatch CollateSamples(IReadOnlyList<TextSample> samples)
    {
        var windows = Windows(samples);
        var batch = Encode(windows);
        if (samples.All(s => s.Spans is null))
        {
            return batch;
        }

        var labels = windows.SelectMany(window =>
        {
            var spans = samples[window.Sample].Spans ?? throw Lacks(window.Sample, "answers (an empty list means that there is none)");
            return spans.Count > 0 && window.Tokens(Checked(samples[window.Sample], spans[0])) is var (first, last)
                ? (long[])[window.Column(Template(true), first), window.Column(Template(true), last)]
                : [NullColumn, NullColumn];
        });
        return batch with { Labels = tensor(labels.ToArray(), [windows.Count, 2]) };
    }

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var logits = Masked(Model.Logits(batch), batch).transpose(1, 2);                          // [window, 2, seq]
        return [new("span", ClassLosses.CrossEntropy(logits.flatten(0, 1), batch.Labels!.flatten()).Sum)];
    }

    /// <inheritdoc />
    protected override IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<TextSample> samples)
    {
        var candidates = samples.Select(_ => new List<Candidate>()).ToList();
        var abstaining = Enumerable.Repeat(double.PositiveInfinity, samples.Count).ToArray();
        foreach (var windows in Windows(samples).Chunk(options.AnswerBatchSize))
        {
            using var scope = NewDisposeScope();
            var batch = Encode(windows);
            var seq = (int)batch.InputIds.size(1);
            var logits = Masked(Model.Logits(batch.To(Model.Device)), batch.To(Model.Device)).transpose(1, 2).cpu().contiguous().data<float>().ToArray();
            for (var row = 0; row < windows.Length; row++)
            {
                var window = windows[row];
                var starts = logits.AsMemory(2 * row * seq, seq);
                var ends = logits.AsMemory((2 * row + 1) * seq, seq);
                abstaining[window.Sample] = Math.Min(abstaining[window.Sample], starts.Span[NullColumn] + ends.Span[NullColumn]);
                candidates[window.Sample].AddRange(Candidates(window, samples[window.Sample].Pair!, starts, ends));
            }
        }

        return [.. candidates.Select((found, i) => Choose(found, abstaining[i]))];
    }

    /// <inheritdoc />
    protected override IReadOnlyList<KeyValuePair<string, double>> ScoreSamples(IReadOnlyList<TextSample> samples, IReadOnlyList<Answer> answers)
    {
        SpanAnswer[] given = [.. answers.Cast<SpanAnswer>()];
        IReadOnlyList<string>[] expected = [.. samples.Select((s, i) => (string[])[.. (s.Spans ?? throw Lacks(i, "answers")).Select(span => span.Text)])];
        var scores = SquadMetrics.Of([.. given.Select(answer => answer.Span?.Text)], expected);
        List<KeyValuePair<string, double>> named = [new("f1", scores.F1), new("exact_match", scores.ExactMatch)];
        if (expected.Any(answers => answers.Count == 0))
        {
            var best = SquadThreshold.Of([.. given.Select(answer => answer.Candidates is [var first, ..] ? first.Span.Text : null)], [.. given.Select(answer => answer.NoAnswerMargin)], expected);
            named.AddRange([new("best_f1", best.F1), new("best_abstain_margin", best.Margin)]);
        }

        return named;
    }

    // The column that means "not here": the class token, or the first one.
    private int NullColumn => Tokenizer.ClassId is { } id ? Math.Max(0, Template(true).Prefix.ToList().IndexOf(id)) : 0;

    private TextBatch Encode(IReadOnlyList<ContextWindow> windows) => TextRow.Batch([.. windows.Select(w => w.Row(Template(true)))], PadId);

    private List<ContextWindow> Windows(IReadOnlyList<TextSample> samples)
    {
        var room = Room(isPair: true);
        return [.. samples.SelectMany((sample, i) =>
        {
            var context = Tokenizer.Encode(sample.Pair ?? throw Lacks(i, "context"), null, addSpecial: false);
            int[] question = [.. Tokenizer.EncodeIds(sample.Text).Take(Math.Min(options.MaximumQuestionLength, room - 1))];
            return ContextWindow.Cut(i, question, context, room, options.Overlap);
        })];
    }

    // Padding can be no answer, and must not take a part of the probability.
    private static Tensor Masked(Tensor logits, Batch batch) => batch is TextBatch { AttentionMask: { } mask }
        ? logits.to(ScalarType.Float32).masked_fill(mask.eq(0).unsqueeze(-1), float.MinValue / 4)
        : logits.to(ScalarType.Float32);

    private IEnumerable<Candidate> Candidates(ContextWindow window, string context, ReadOnlyMemory<float> starts, ReadOnlyMemory<float> ends)
    {
        var best = (ReadOnlyMemory<float> scores) => Enumerable.Range(window.Start, window.Count)
            .OrderByDescending(token => scores.Span[window.Column(Template(true), token)]).Take(options.CandidateCount).ToList();
        var lasts = best(ends);
        foreach (var first in best(starts))
        {
            foreach (var last in lasts.Where(last => last >= first && last - first < options.MaximumAnswerLength))
            {
                if (window.Text(context, first, last) is { } text)
                {
                    yield return new(text, starts.Span[window.Column(Template(true), first)] + ends.Span[window.Column(Template(true), last)]);
                }
            }
        }
    }

    private SpanAnswer Choose(List<Candidate> found, double abstaining)
    {
        // Two windows may hold the same piece; it is one candidate, with its better score.
        var best = found.GroupBy(c => c.Span).Select(same => same.MaxBy(c => c.Score)!).OrderByDescending(c => c.Score).Take(options.CandidateCount).ToList();
        if (best.Count == 0)
        {
            return new(null, 1) { NoAnswerMargin = double.PositiveInfinity };
        }

        var margin = abstaining - best[0].Score;
        var top = Math.Max(best[0].Score, options.CanAbstain ? abstaining : double.NegativeInfinity);
        var silence = options.CanAbstain ? Math.Exp(abstaining - top) : 0;
        var total = best.Sum(c => Math.Exp(c.Score - top)) + silence;
        SpanCandidate[] candidates = [.. best.Take(options.AnswerCount).Select(c => new SpanCandidate(c.Span, Math.Exp(c.Score - top) / total))];
        return (options.CanAbstain && margin > options.AbstainMargin ? new SpanAnswer(null, silence / total) : new(candidates[0].Span, candidates[0].Score)) with
        {
            Candidates = candidates,
            NoAnswerMargin = margin,
        };
    }

    private static TextSpan Checked(TextSample sample, TextSpan span) =>
        span.Start >= 0 && span.Start + span.Text.Length <= sample.Pair!.Length && sample.Pair.AsSpan(span.Start, span.Text.Length).SequenceEqual(span.Text)
            ? span
            : throw new BadInputException($"The answer '{span.Text}' does not stand at place {span.Start} of its context. Places count UTF-16 code units from 0.");

    private sealed record Candidate(TextSpan Span, double Score);
}
