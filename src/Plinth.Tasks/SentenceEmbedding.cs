using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Inference.Pipelines;
using Plinth.Layers.Losses;
using Plinth.Tasks.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tasks;

/// <summary>How texts become vectors.</summary>
public sealed record SentenceEmbeddingOptions : TextTaskOptions
{
    /// <summary>Divides the cosines in the loss, over 0; small values look at the hardest negatives only.</summary>
    public double Temperature { get; init; } = 0.05;

    /// <summary>How the vectors of tokens become one.</summary>
    public Pooling Pooling { get; init; } = Pooling.Mean;

    /// <summary>Whether a second text also has to find its first one.</summary>
    public bool IsSymmetric { get; init; }

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        if (!(Temperature > 0))
        {
            throw new RecipeException($"temperature = {Temperature} must be over 0.");
        }
    }
}

/// <summary>
/// Vectors that are near when texts mean the same (Reimers and Gurevych 2019, arXiv:1908.10084): by default the mean of the token
/// vectors, of unit length. It learns from pairs that belong together; the other pairs of a batch are its negatives,
/// so that larger batches teach more. Pairs with values (how similar they are) teach the order of the cosines instead.
/// </summary>
public sealed class SentenceEmbedding : TextTask
{
    private readonly SentenceEmbeddingOptions options;
    private readonly SentenceModules description;
    private readonly SentencePooler pooler;

    /// <param name="model">Any model; only its backbone is used.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">Loss, lengths and batches.</param>
    public SentenceEmbedding(Model model, Tokenizer tokenizer, SentenceEmbeddingOptions? options = null)
        : base("sentence_embedding", model, tokenizer, options ??= new(), head: null)
    {
        this.options = options;
        description = new() { Pooling = [options.Pooling], Steps = [new NormalizeStep()], MaximumLength = MaximumLength };
        pooler = new(description, model.Backbone.HiddenSize);
    }

    /// <inheritdoc />
    /// <remarks>First all texts, then all pairs. The label of a text is the value of its pair, or the pair's number; <c>[batch / 2]</c>.</remarks>
    protected override TextBatch CollateSamples(IReadOnlyList<TextSample> samples)
    {
        var seconds = samples.All(s => s.Pair is null) ? null : samples.Select((s, i) => s.Pair ?? throw Lacks(i, "second text")).ToList();
        var batch = Encode([.. samples.Select(s => s.Text), .. seconds ?? []]);
        return seconds is null ? batch
            : batch with { Labels = All(samples, "value", s => s.Value) is { } values ? tensor([.. values.Select(value => (float)value)]) : arange(samples.Count, ScalarType.Int64) };
    }

    /// <inheritdoc />
    /// <remarks>Each pair is compared with all others.</remarks>
    public override int PartCount(Batch batch) => 1;

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var (texts, pairs) = Embed(batch).chunk(2) is { Length: 2 } halves ? (halves[0], halves[1])
            : throw new ArgumentException("The batch has no second texts to learn from.", nameof(batch));
        if (batch.Labels!.is_floating_point())
        {
            return [new("ranking", ContrastiveLosses.Ranking((texts * pairs).sum(1), batch.Labels, options.Temperature).Sum)];
        }

        var loss = options.IsSymmetric
            ? ContrastiveLosses.Symmetric(texts.matmul(pairs.transpose(0, 1)) / options.Temperature)
            : ContrastiveLosses.InfoNce(texts, pairs, options.Temperature);
        return [new("contrastive", loss.Sum)];
    }

    /// <inheritdoc />
    protected override IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<TextSample> samples)
    {
        var vectors = Embed(Encode([.. samples.Select(s => s.Text)]).To(Model.Device));
        return [.. vectors.cpu().contiguous().data<float>().ToArray().Chunk(Model.Backbone.HiddenSize).Select(row => new VectorAnswer(row))];
    }

    /// <inheritdoc />
    /// <remarks>Samples with values are scored by rank correlation with the cosines, all others by finding each text's own pair among all pairs.</remarks>
    protected override IReadOnlyList<KeyValuePair<string, double>> ScoreSamples(IReadOnlyList<TextSample> samples, IReadOnlyList<Answer> answers)
    {
        using var scope = NewDisposeScope();
        var texts = Matrix(answers);
        var pairs = Matrix(Answer([.. samples.Select((s, i) => new TextSample(s.Pair ?? throw Lacks(i, "second text")))]));
        if (All(samples, "value", s => s.Value) is { } values)
        {
            double[] cosines = [.. (texts * pairs).sum(1).data<float>().ToArray().Select(c => (double)c)];
            return [new("spearman", Spearman.Of(cosines, values)), new("pearson", Pearson.Of(cosines, values))];
        }

        int[] ranks = [.. samples.Select((_, i) => RetrievalRank.Of(pairs.mv(texts[i]).data<float>().ToArray(), i))];
        return [new("recall_at_1", RecallAtK.Of(ranks, 1)), new("recall_at_10", RecallAtK.Of(ranks, 10)), new("mean_reciprocal_rank", MeanReciprocalRank.Of(ranks))];
    }

    /// <inheritdoc />
    /// <remarks>With them the folder is one of sentence-transformers.</remarks>
    public override void SaveFiles(string folder) => description.Save(folder, Model.Backbone.HiddenSize);

    private Tensor Matrix(IReadOnlyList<Answer> answers) =>
        tensor(answers.Cast<VectorAnswer>().SelectMany(answer => answer.Vector).ToArray(), [answers.Count, Model.Backbone.HiddenSize]);

    private TextBatch Encode(IReadOnlyList<string> texts) => TextRow.Batch([.. texts.Select(text => Row(text, null))], PadId);

    private Tensor Embed(Batch batch)
    {
        var features = Model.Backbone.Run(batch);
        return pooler.Pool(features.Hidden, features.Mask);                                       // [batch, hidden]
    }
}
