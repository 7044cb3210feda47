using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Pipelines;

/// <summary>Texts in, one vector each out (Reimers and Gurevych 2019, arXiv:1908.10084).</summary>
public sealed class EmbeddingPipeline : IDisposable
{
    private readonly Model model;
    private readonly Tokenizer tokenizer;
    private readonly SentenceModules modules;
    private readonly SentencePooler pooler;
    private readonly int batchSize;
    private readonly int maximumLength;

    /// <param name="model">Any text model; its head is not used.</param>
    /// <param name="tokenizer">The tokenizer that it was trained with.</param>
    /// <param name="options">How vectors are made; null means their mean, normalised.</param>
    /// <exception cref="PlinthException">An option is impossible.</exception>
    public EmbeddingPipeline(Model model, Tokenizer tokenizer, EmbeddingOptions? options = null)
        : this(model, tokenizer, (options ?? new()).Modules, (options ?? new()).BatchSize)
    {
    }

    /// <param name="model">Any text model; its head is not used.</param>
    /// <param name="tokenizer">The tokenizer that it was trained with.</param>
    /// <param name="modules">How vectors are made, as <see cref="SentenceModules.Read"/> finds it in a sentence-transformers folder.</param>
    /// <param name="batchSize">Texts computed together.</param>
    /// <exception cref="PlinthException">A value is impossible, or the weights of a linear layer do not fit.</exception>
    public EmbeddingPipeline(Model model, Tokenizer tokenizer, SentenceModules modules, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(modules);
        (this.model, this.tokenizer, this.modules, this.batchSize) = (model, tokenizer, modules, batchSize);
        maximumLength = Math.Min(modules.MaximumLength ?? int.MaxValue, model.Backbone.MaximumLength);
        if (batchSize < 1 || maximumLength <= tokenizer.SpecialCount(isPair: false))
        {
            throw new PlinthException(
                $"The embedding options BatchSize {batchSize} and MaximumLength {maximumLength} are impossible. Allowed: 1 or more, and more than {tokenizer.SpecialCount(false)} tokens.");
        }

        pooler = new(modules, model.Backbone.HiddenSize);
    }

    /// <summary>Tokens of a text that are read, special ones included.</summary>
    public int MaximumLength => maximumLength;

    /// <summary>Components of a vector.</summary>
    public int Size => pooler.Size;

    /// <summary>The vector of one text.</summary>
    public float[] Embed(string text) => Embed([text])[0];

    /// <summary>The vectors of texts, in their order. Texts of like length are computed together, so that little is padded.</summary>
    /// <param name="texts">The texts; what exceeds the maximum length is cut off.</param>
    /// <param name="cancellation">Ends the work before the next batch.</param>
    public IReadOnlyList<float[]> Embed(IReadOnlyList<string> texts, CancellationToken cancellation = default) => Embed(texts, modules.DefaultPrompt, cancellation);

    /// <summary>The vectors of texts that are put to a use, such as <c>query</c>.</summary>
    /// <param name="texts">The texts; what exceeds the maximum length is cut off.</param>
    /// <param name="prompt">Name of the prompt to put before each, as the model's folder has it; null puts none.</param>
    /// <param name="cancellation">Ends the work before the next batch.</param>
    /// <exception cref="PlinthException">The model has no such prompt.</exception>
    public IReadOnlyList<float[]> Embed(IReadOnlyList<string> texts, string? prompt, CancellationToken cancellation = default)
    {
        var before = prompt is null ? "" : modules.Prompts.TryGetValue(prompt, out var found) ? found
            : throw new PlinthException($"The model has no prompt '{prompt}'. Known: {(modules.Prompts.Count == 0 ? "none" : string.Join(", ", modules.Prompts.Keys))}.");
        var skipped = before.Length > 0 && !modules.PoolsPrompt ? new SpecialTemplate(tokenizer, isPair: false).Prefix.Count + tokenizer.EncodeIds(before).Count : 0;
        return Batches<float[]>(texts, before, (hidden, mask, rows) =>
        {
            if (skipped > 0)
            {
                // A text that is all prompt keeps its last token, or it would have no vector.
                var first = tensor(rows.Select(row => (long)Math.Min(skipped, row.Count - 1)).ToArray(), device: hidden.device).unsqueeze(1);
                mask = (mask ?? ones(hidden.size(0), hidden.size(1), ScalarType.Int64, hidden.device)) * (arange(hidden.size(1), ScalarType.Int64, hidden.device).unsqueeze(0) >= first).to(ScalarType.Int64);
            }

            return [.. pooler.Pool(hidden, mask).cpu().contiguous().data<float>().ToArray().Chunk(Size)];
        }, cancellation);
    }

    /// <summary>The vectors of the tokens of texts, special tokens included, in the order of the texts.</summary>
    /// <param name="texts">The texts; what exceeds the maximum length is cut off.</param>
    /// <param name="cancellation">Ends the work before the next batch.</param>
    public IReadOnlyList<IReadOnlyList<float[]>> EmbedTokens(IReadOnlyList<string> texts, CancellationToken cancellation = default) =>
        Batches<IReadOnlyList<float[]>>(texts, "", (hidden, _, rows) =>
        {
            var (size, seq) = (model.Backbone.HiddenSize, (int)hidden.size(1));
            var all = hidden.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
            return [.. rows.Select((row, i) => (IReadOnlyList<float[]>)[.. Enumerable.Range(0, row.Count).Select(t => all.AsSpan((i * seq + t) * size, size).ToArray())])];
        }, cancellation);

    /// <inheritdoc />
    public void Dispose() => pooler.Dispose();

    private T[] Batches<T>(
        IReadOnlyList<string> texts, string before, Func<Tensor, Tensor?, IReadOnlyList<IReadOnlyList<int>>, IReadOnlyList<T>> take, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(texts);
        IReadOnlyList<int>[] rows = [.. texts.Select(text => Encode(before + text))];
        return EvaluationPass.Map<IReadOnlyList<int>, T>(model, rows, row => row.Count, batchSize, ids =>
        {
            var batch = (TextBatch)TextRow.Batch([.. ids.Select(row => new TextRow(row, new int[row.Count]))], tokenizer.PadId ?? 0).To(model.Device);
            return take(model.Backbone.Run(batch).Hidden, batch.AttentionMask, ids);
        }, cancellation);
    }

    private IReadOnlyList<int> Encode(string text)
    {
        text = modules.LowersCase ? text.ToLowerInvariant() : text;
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
}
