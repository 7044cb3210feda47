using Plinth.Core;
using Plinth.Data.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Pipelines;

/// <summary>Texts in, one vector each out (Reimers and Gurevych 2019, arXiv:1908.10084).</summary>
public sealed class EmbeddingPipeline
{
    private readonly Model model;
    private readonly Tokenizer tokenizer;
    private readonly EmbeddingOptions options;
    private readonly int maximumLength;

    /// <param name="model">Any text model; its head is not used.</param>
    /// <param name="tokenizer">The tokenizer that it was trained with.</param>
    /// <param name="options">How vectors are made; null means their mean, normalised.</param>
    /// <exception cref="PlinthException">An option is impossible.</exception>
    public EmbeddingPipeline(Model model, Tokenizer tokenizer, EmbeddingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        this.model = model;
        this.tokenizer = tokenizer;
        this.options = options ?? new();
        maximumLength = Math.Min(this.options.MaximumLength ?? int.MaxValue, model.Backbone.MaximumLength);
        if (this.options.BatchSize < 1 || maximumLength <= tokenizer.SpecialCount(isPair: false))
        {
            throw new PlinthException(
                $"The embedding options BatchSize {this.options.BatchSize} and MaximumLength {maximumLength} are impossible. Allowed: 1 or more, and more than {tokenizer.SpecialCount(false)} tokens.");
        }
    }

    /// <summary>Components of a vector.</summary>
    public int Size => model.Backbone.HiddenSize;

    /// <summary>The vector of one text.</summary>
    public float[] Embed(string text) => Embed([text])[0];

    /// <summary>The vectors of texts, in their order. Texts of like length are computed together, so that little is padded.</summary>
    /// <param name="texts">The texts; what exceeds the maximum length is cut off.</param>
    /// <param name="cancellation">Ends the work before the next batch.</param>
    public IReadOnlyList<float[]> Embed(IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var rows = texts.Select((text, index) => (Index: index, Ids: Encode(text))).OrderByDescending(row => row.Ids.Count).ToList();
        var result = new float[texts.Count][];
        foreach (var chunk in rows.Chunk(options.BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            var vectors = EmbedBatch([.. chunk.Select(row => row.Ids)]);
            for (var i = 0; i < chunk.Length; i++)
            {
                result[chunk[i].Index] = vectors.AsSpan(i * Size, Size).ToArray();
            }
        }

        return result;
    }

    private IReadOnlyList<int> Encode(string text)
    {
        var ids = tokenizer.EncodeIds(text, addSpecial: true);
        if (ids.Count > maximumLength)
        {
            ids = tokenizer.AddSpecial([.. tokenizer.EncodeIds(text).Take(maximumLength - tokenizer.SpecialCount(isPair: false))]).Ids;
        }

        // A text without tokens is one unknown thing rather than no vector.
        ids = ids.Count > 0 ? ids : [tokenizer.BeginId ?? tokenizer.EndId ?? tokenizer.UnknownId ?? 0];
        CausalModel.CheckIds(ids, model.Config.VocabSize, "A text");
        return ids;
    }

    private float[] EmbedBatch(IReadOnlyList<IReadOnlyList<int>> rows)
    {
        using var pass = new EvaluationPass(model);
        var device = model.Device;
        var width = rows.Max(row => row.Count);
        var pad = (long)(tokenizer.PadId ?? 0);
        var ids = rows.SelectMany(row => row.Select(id => (long)id).Concat(Enumerable.Repeat(pad, width - row.Count))).ToArray();
        var lengths = tensor(rows.Select(row => (long)row.Count).ToArray(), device: device).unsqueeze(1);    // [batch, 1]
        var isReal = arange(width, ScalarType.Int64, device).unsqueeze(0) < lengths;                          // [batch, seq]
        var batch = new TextBatch
        {
            InputIds = tensor(ids, device: device).view(rows.Count, width),
            AttentionMask = rows.All(row => row.Count == width) ? null : isReal.to(ScalarType.Int64),
        };
        var hidden = model.Backbone.Run(batch).Hidden.to(ScalarType.Float32);                                 // [batch, seq, hidden]
        var pooled = options.Pooling switch                                                                   // [batch, hidden]
        {
            Pooling.First => hidden.select(1, 0),
            Pooling.Last => hidden.gather(1, (lengths - 1).unsqueeze(2).expand(rows.Count, 1, Size)).squeeze(1),
            _ => hidden.masked_fill(isReal.logical_not().unsqueeze(2), 0).sum(1) / lengths,
        };
        return (options.IsNormalized ? nn.functional.normalize(pooled, 2, 1) : pooled).cpu().contiguous().data<float>().ToArray();
    }
}
