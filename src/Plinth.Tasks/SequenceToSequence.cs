using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Inference;
using Plinth.Layers.Losses;
using Plinth.Tasks.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tasks;

/// <summary>Reads a text and writes another: translation, summarization. The pair of a sample is the text to write.</summary>
public sealed class SequenceToSequence : TextTask
{
    private readonly SequenceToSequenceOptions options;

    /// <param name="name">Name of the task, as in its catalog.</param>
    /// <param name="model">An encoder-decoder with a head for the next token.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">Lengths, batches and beams.</param>
    public SequenceToSequence(string name, Model model, Tokenizer tokenizer, SequenceToSequenceOptions? options = null)
        : base(name, model, tokenizer, options ?? new(), HeadKind.SequenceToSequence)
    {
        this.options = options ?? new();
    }

    private int TargetLength => Math.Min(options.MaximumTargetLength, Model.Backbone.MaximumLength);

    /// <inheritdoc />
    /// <remarks>The labels are a list of positions and the ids they have to predict; <c>[target, 2]</c>.</remarks>
    protected override TextBatch CollateSamples(IReadOnlyList<TextSample> samples)
    {
        var sources = TextRow.Batch([.. samples.Select(Source)], PadId);
        int[][] targets = [.. samples.Select((sample, i) => Target(sample.Pair ?? throw Lacks(i, "text to write")))];
        var width = targets.Max(ids => ids.Length);
        long[] padded = [.. targets.SelectMany(ids => ids.Select(id => (long)id).Concat(Enumerable.Repeat(Batch.IgnoredLabel, width - ids.Length)))];
        using var scope = NewDisposeScope();
        var labels = tensor(padded, [targets.Length, width]);
        return sources with
        {
            DecoderInputIds = TeacherForcing.ShiftRight(labels, Model.Config).MoveToOuterDisposeScope(),
            Labels = VocabularyLoss.Targets(labels).MoveToOuterDisposeScope(),
            TokenCount = sources.TokenCount + targets.Sum(ids => ids.Length),
        };
    }

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return [batch.Labels!.size(0)];
    }

    /// <inheritdoc />
    public override Batch Part(Batch batch, int first, int count) => VocabularyLoss.Rows(batch, first, count);

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return [new("written", VocabularyLoss.Sum(Model, Model.Backbone.Run(batch).Hidden, batch.Labels!, shape: training ? options : null))];
    }

    /// <inheritdoc />
    protected override IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<TextSample> samples)
    {
        var written = new TokenGenerator(Model).Generate(
            [.. samples.Select(sample => Source(sample).Ids)], new() { MaxNewTokens = TargetLength - 1, NumBeams = options.BeamCount });
        return [.. written.Select(sequence => new TextAnswer(Tokenizer.Decode(sequence.NewIds).Trim()))];
    }

    /// <inheritdoc />
    protected override IReadOnlyList<KeyValuePair<string, double>> ScoreSamples(IReadOnlyList<TextSample> samples, IReadOnlyList<Answer> answers)
    {
        string[] written = [.. answers.Cast<TextAnswer>().Select(answer => answer.Text)];
        string[] wanted = [.. samples.Select((sample, i) => sample.Pair ?? throw Lacks(i, "text to write"))];
        return [new("bleu", Bleu.Of(written, wanted)), new("chrf", ChrF.Of(written, wanted))];
    }

    private TextRow Source(TextSample sample) => Row(options.Prefix + sample.Text, null);

    // The end is always learnt, or writing would never stop, whatever the tokenizer adds and whatever is cut.
    private int[] Target(string text)
    {
        int[] whole = [.. Row(text, null).Ids];
        int? end = Model.Config.EndIds is [var first, ..] ? first : Tokenizer.EndId;
        int[] body = end is { } id && whole.Length > 0 && whole[^1] == id ? whole[..^1] : whole;
        return [.. body.Take(TargetLength - 1), .. end is { } last ? (int[])[last] : []];
    }
}
