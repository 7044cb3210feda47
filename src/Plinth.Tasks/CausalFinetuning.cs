using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Layers.Distillation;
using Plinth.Layers.Losses;
using Plinth.Tasks.Metrics;

namespace Plinth.Tasks;

/// <summary>
/// A language model that continues a prompt with its answer: the text is the prompt, the pair the answer. Only the answer
/// and the end token after it are learnt. A prompt that is too long loses its beginning. A sample with prepared tokens says itself what of it is
/// learnt; it loses its end when it is too long.
/// </summary>
public sealed class CausalFinetuning : TextTask, IDistillable
{
    private readonly CausalFinetuningOptions options;

    /// <param name="model">A model with a head for the next token.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">Lengths, batches and loss.</param>
    public CausalFinetuning(Model model, Tokenizer tokenizer, CausalFinetuningOptions? options = null)
        : base("causal_finetuning", model, tokenizer, options ?? new(), HeadKind.CausalLanguageModeling)
    {
        this.options = options ?? new();
        if (MaximumLength < 2)
        {
            throw new PlinthException($"maximum_length = {MaximumLength} has no room for a prompt and an answer; it must be at least 2.");
        }
    }

    /// <inheritdoc />
    /// <remarks>The labels are a list of positions and the ids they have to predict; <c>[target, 2]</c>.</remarks>
    protected override TextBatch CollateSamples(IReadOnlyList<TextSample> samples) => AnswerRow.Batch([.. samples.Select(Encode)], PadId);

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch) => [AnswerRow.Count(batch)];

    /// <inheritdoc />
    public override Batch Part(Batch batch, int first, int count) => VocabularyLoss.Rows(batch, first, count);

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch) => [AnswerRow.Loss(Model, batch, training ? options : null)];

    /// <inheritdoc />
    public void Check(Teacher teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        teacher.CheckVocabulary(Model);
    }

    /// <inheritdoc />
    public IReadOnlyList<LossTerm> Compute(Batch batch, Teacher teacher)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(teacher);
        var hidden = Model.Backbone.Run(batch).Hidden;
        return teacher.JoinTokens(new LossTerm("answer", VocabularyLoss.Sum(Model, hidden, batch.Labels!, shape: training ? options : null)), Model, hidden, batch);
    }

    /// <inheritdoc />
    protected override IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<TextSample> samples) => AnswerRow.Likelihoods(Model, (TextBatch)Collate(samples).To(Model.Device));

    /// <inheritdoc />
    protected override IReadOnlyList<KeyValuePair<string, double>> ScoreSamples(IReadOnlyList<TextSample> samples, IReadOnlyList<Answer> answers)
    {
        var nats = -answers.Cast<AnswerLikelihood>().Sum(answer => answer.LogProbability);
        var tokens = answers.Cast<AnswerLikelihood>().Sum(answer => (long)answer.TokenCount);
        return [new("negative_loss", -nats / Math.Max(1, tokens)), new("perplexity", Perplexity.Of(nats, tokens))];
    }

    private AnswerRow Encode(TextSample sample, int number)
    {
        if (sample.Prepared is { } prepared)
        {
            return Prepared(prepared, number);
        }

        int[] answer = [.. Tokenizer.EncodeIds(sample.Pair ?? throw Lacks(number, "answer")), .. Tokenizer.EndId is { } end ? (int[])[end] : []];
        int[] opening = [.. Template(false).Prefix];
        int[] prompt = [.. Tokenizer.EncodeIds(sample.Text)];
        if (opening.Length + prompt.Length == 0)
        {
            // Something must stand before the first token of the answer, to predict it.
            opening = [Tokenizer.BeginId ?? Tokenizer.EndId ?? throw new BadInputException("An empty prompt needs a tokenizer with a token to begin with. Give the sample a prompt.")];
        }

        // The answer has precedence; at least one token of prompt or opening stays before it.
        var answerCount = Math.Min(answer.Length, MaximumLength - Math.Max(1, opening.Length));
        if (answerCount <= 0)
        {
            throw Lacks(number, "answer that fits into the maximum length");
        }

        var promptCount = Math.Min(prompt.Length, MaximumLength - answerCount - opening.Length);
        return AnswerRow.Of([.. opening, .. prompt[^promptCount..]], answer.AsSpan(0, answerCount));
    }

    private AnswerRow Prepared(PreparedTokens prepared, int number)
    {
        if (prepared.Ids.Count != prepared.IsTarget.Count)
        {
            throw new BadInputException($"Sample {number} of the batch has {prepared.Ids.Count} tokens, but says of {prepared.IsTarget.Count} whether they are learnt.");
        }

        int[] ids = [.. prepared.Ids.Take(MaximumLength)];
        // Nothing stands before the first token, so nothing can predict it.
        int[] targets = [.. Enumerable.Range(1, Math.Max(0, ids.Length - 1)).Where(i => prepared.IsTarget[i])];
        return targets.Length > 0 ? new(ids, targets) : throw Lacks(number, "token to learn within the maximum length");
    }
}
