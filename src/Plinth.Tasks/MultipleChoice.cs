using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Tasks.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tasks;

/// <summary>
/// Choosing the text that fits (Devlin et al. 2018, arXiv:1810.04805, section 4.4): each choice is read beside the text
/// and gets one score. When the sample has a pair, each choice continues it. Samples may differ in their number of choices.
/// </summary>
public sealed class MultipleChoice : TextTask
{
    private const long Wrong = 0, Right = 1;

    /// <param name="model">A model with a multiple choice head.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">Lengths and batches.</param>
    public MultipleChoice(Model model, Tokenizer tokenizer, TextTaskOptions? options = null)
        : base("multiple_choice", model, tokenizer, options ?? new(), HeadKind.MultipleChoice)
    {
    }

    /// <inheritdoc />
    /// <remarks>The rows of a sample's choices follow each other. The labels say 1 for the right one, 0 for the others and -100 for what fills up; <c>[sample, choice]</c>.</remarks>
    protected override TextBatch CollateSamples(IReadOnlyList<TextSample> samples)
    {
        var (batch, width) = Encode(samples);
        return All(samples, "label", s => s.Label) is { } right
            ? batch with { Labels = tensor(samples.SelectMany((s, i) => Marks(s, right[i], width)).ToArray(), [samples.Count, width]) }
            : batch;
    }

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return [batch.Labels!.size(0)];
    }

    /// <inheritdoc />
    /// <remarks>A part is a sample with all its choices, each of which is a row.</remarks>
    public override int PartCount(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return (int)batch.Labels!.size(0);
    }

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var labels = batch.Labels!;
        var logits = Model.Logits(batch).to(ScalarType.Float32).reshape(labels.size(0), labels.size(1))
            .masked_fill(labels.eq(Batch.IgnoredLabel), float.MinValue);                         // [sample, choice]
        return [new("choice", nn.functional.cross_entropy(logits, labels.argmax(-1), reduction: nn.Reduction.Sum))];
    }

    /// <inheritdoc />
    protected override IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<TextSample> samples)
    {
        var (batch, width) = Encode(samples);
        var logits = Model.Logits(batch.To(Model.Device)).to(ScalarType.Float32).reshape(samples.Count, width);
        return [.. samples.Select((s, i) => new ClassScores(
            [.. logits[i].narrow(0, 0, s.Choices!.Count).softmax(0).cpu().contiguous().data<float>().ToArray().Select(p => (double)p)]))];
    }

    /// <inheritdoc />
    protected override IReadOnlyList<KeyValuePair<string, double>> ScoreSamples(IReadOnlyList<TextSample> samples, IReadOnlyList<Answer> answers) =>
    [
        new("accuracy", Accuracy.Of(
            [.. answers.Cast<ClassScores>().Select(answer => answer.Best)],
            [.. samples.Select((s, i) => s.Label ?? throw Lacks(i, "label"))])),
    ];

    private (TextBatch Batch, int Width) Encode(IReadOnlyList<TextSample> samples)
    {
        var width = samples.Select((s, i) => s.Choices is { Count: > 0 } choices ? choices.Count : throw Lacks(i, "choices")).Max();
        var rows = samples.SelectMany(s =>
        {
            TextRow[] own = [.. s.Choices!.Select(choice => Row(s.Text, s.Pair is null ? choice : $"{s.Pair} {choice}"))];
            return own.Concat(Enumerable.Repeat(own[0], width - own.Length));
        });
        return (TextRow.Batch([.. rows], PadId), width);
    }

    private static IEnumerable<long> Marks(TextSample sample, int right, int width) => right >= 0 && right < sample.Choices!.Count
        ? Enumerable.Range(0, width).Select(i => i == right ? Right : i < sample.Choices.Count ? Wrong : Batch.IgnoredLabel)
        : throw new BadInputException($"The label {right} names none of the {sample.Choices!.Count} choices of its sample. Labels count from 0.");
}
