using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Data.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Vision;

/// <summary>Pictures and texts in one space: vectors, cosines, and labels tried on pictures (Radford et al. 2021, arXiv:2103.00020).</summary>
public sealed class PictureTextPipeline
{
    private const string Place = "{}";
    private readonly Model model;
    private readonly IPairHead head;
    private readonly Tokenizer tokenizer;
    private readonly ImageEmbeddingPipeline images;
    private readonly int batchSize;

    /// <param name="model">A model with the head that compares texts with pictures; it stays the caller's.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="processor">Its image processor.</param>
    /// <param name="batchSize">Texts or pictures that are computed together.</param>
    /// <exception cref="PlinthException">The model has another head.</exception>
    public PictureTextPipeline(Model model, Tokenizer tokenizer, ImageProcessor processor, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        head = model.Head as IPairHead
            ?? throw new PlinthException($"Texts are compared with pictures by a model like clip or siglip; this one is a '{model.Family.ModelType}' with the head {model.HeadKind}.");
        (this.model, this.tokenizer, this.batchSize) = (model, tokenizer, batchSize);
        images = new(model, processor, batchSize: batchSize);
    }

    /// <summary>Pictures in the common space, of unit length.</summary>
    /// <exception cref="BadInputException">A picture cannot be read.</exception>
    public IReadOnlyList<float[]> EmbedImages(IReadOnlyList<ImageSource> pictures, CancellationToken cancellation = default) => images.Embed(pictures, cancellation);

    /// <summary>Texts in the common space, of unit length; the end of a text that is too long is cut off.</summary>
    public IReadOnlyList<float[]> EmbedTexts(IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return EvaluationPass.Map<TextRow, float[]>(model, [.. texts.Select(Row)], row => row.Ids.Count, batchSize, rows =>
        {
            var batch = (TextBatch)TextRow.Batch(rows, TextRow.PadIdOf(tokenizer)).To(model.Device);
            // Where padding is part of what was learnt, it is not masked.
            batch = batch with { TokenTypeIds = null, AttentionMask = head.Loss == PairLoss.EachPair ? null : batch.AttentionMask };
            var vectors = head.TextVectors(model.Backbone.Run(batch), model.Backbone).to(ScalarType.Float32).cpu().contiguous();   // [text, common]
            return [.. vectors.data<float>().ToArray().Chunk((int)vectors.size(-1))];
        }, cancellation);
    }

    /// <summary>One vector for each label: the mean over the templates, of unit length again.</summary>
    /// <param name="labels">At least one.</param>
    /// <param name="templates">Texts with {} where the label goes, at least one.</param>
    /// <param name="cancellation">Ends the work before the next batch.</param>
    /// <exception cref="PlinthException">There are no labels or templates, or a template has no {}.</exception>
    public IReadOnlyList<float[]> EmbedLabels(IReadOnlyList<string> labels, IReadOnlyList<string> templates, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(templates);
        if (labels.Count == 0 || templates.Count == 0 || templates.FirstOrDefault(template => !template.Contains(Place, StringComparison.Ordinal)) is not null)
        {
            throw new BadInputException($"Labels are tried with at least one label (--choice) and templates that each have a {Place} for it; given were {labels.Count} labels and [{string.Join(", ", templates)}].");
        }

        var vectors = EmbedTexts([.. labels.SelectMany(label => templates.Select(template => template.Replace(Place, label, StringComparison.Ordinal)))], cancellation);
        return [.. vectors.Chunk(templates.Count).Select(Mean)];
    }

    /// <summary>How well labels fit pictures, 0 to 1: as the model was trained, they share 1 among them or are judged each alone.</summary>
    /// <param name="pictures">Vectors of pictures.</param>
    /// <param name="labels">Vectors of labels.</param>
    /// <returns><c>[picture][label]</c>.</returns>
    public IReadOnlyList<float[]> Judge(IReadOnlyList<float[]> pictures, IReadOnlyList<float[]> labels)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(labels);
        using var pass = new EvaluationPass(model);
        var logits = head.Compare(Matrix(pictures), Matrix(labels)).to(ScalarType.Float32);
        var scores = (IsExclusive ? logits.softmax(-1) : logits.sigmoid()).cpu().contiguous();                              // [picture, label]
        return [.. scores.data<float>().ToArray().Chunk(labels.Count)];
    }

    /// <summary>Whether labels share 1 among them.</summary>
    public bool IsExclusive => head.Loss == PairLoss.Choice;

    private Tensor Matrix(IReadOnlyList<float[]> vectors) =>
        tensor(vectors.SelectMany(vector => vector).ToArray(), [vectors.Count, vectors[0].Length]).to(model.Device).to(model.Backbone.parameters().First().dtype);

    private TextRow Row(string text)
    {
        var limit = model.Backbone.MaximumLength;
        var (ids, types) = tokenizer.AddSpecial([.. tokenizer.EncodeIds(text).Take(limit - tokenizer.SpecialCount(isPair: false))], null);
        CausalModel.CheckIds(ids, tokenizer.VocabularySize, "The text");
        if (head.Loss == PairLoss.EachPair)
        {
            // The last column stands for the text, so each has the full length.
            var padding = Enumerable.Repeat(TextRow.PadIdOf(tokenizer), limit - ids.Count);
            return new([.. ids, .. padding], [.. new int[limit]]);
        }

        return new(ids, types);
    }

    private static float[] Mean(float[][] vectors)
    {
        var sum = new double[vectors[0].Length];
        foreach (var vector in vectors)
        {
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += vector[i];
            }
        }

        var length = Math.Max(1e-12, Math.Sqrt(sum.Sum(value => value * value)));
        return [.. sum.Select(value => (float)(value / length))];
    }
}
