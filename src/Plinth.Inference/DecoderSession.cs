using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference;

/// <summary>
/// One request's walk through a decoder: prompts padded on the left, then a token per row and step. It owns the cache;
/// the model keeps nothing of it. Without a cache all tokens are computed anew at each step, which is for tests.
/// </summary>
internal sealed class DecoderSession : IDisposable
{
    private readonly Model model;
    private readonly Device device;
    private readonly KeyValueCache? cache;
    private List<long[]> rows;
    private List<int> padding;

    public DecoderSession(Model model, IReadOnlyList<IReadOnlyList<int>> prompts, int padId, bool usesCache = true)
    {
        this.model = model;
        device = model.parameters().First().device;
        cache = usesCache ? new() : null;
        Length = prompts.Max(prompt => prompt.Count);
        padding = [.. prompts.Select(prompt => Length - prompt.Count)];
        rows = [.. prompts.Select((prompt, i) => (long[])[.. Enumerable.Repeat((long)padId, padding[i]), .. prompt.Select(id => (long)id)])];
    }

    /// <summary>Tokens per row so far, padding included.</summary>
    public int Length { get; private set; }

    /// <summary>Logits of the next token after the prompts; <c>[batch, vocab]</c>.</summary>
    public Tensor Start() => Logits(rows, 0);

    /// <summary>Adds a token to each row.</summary>
    /// <returns>Logits of the token after it; <c>[batch, vocab]</c>.</returns>
    public Tensor Next(IReadOnlyList<int> ids)
    {
        var past = Length;
        Length++;
        if (cache is not null)
        {
            return Logits([.. ids.Select(id => (long[])[id])], past);
        }

        rows = [.. rows.Select((row, i) => (long[])[.. row, ids[i]])];
        return Logits(rows, 0);
    }

    /// <summary>Lets each row go on from another one, as a beam search does.</summary>
    public void Reorder(IReadOnlyList<int> sources)
    {
        using var scope = NewDisposeScope();
        padding = [.. sources.Select(source => padding[source])];
        rows = [.. sources.Select(source => rows[source])];
        cache?.Reorder(tensor(sources.Select(source => (long)source).ToArray(), device: device));
    }

    public void Dispose() => cache?.Dispose();

    private Tensor Logits(IReadOnlyList<long[]> fresh, int past)
    {
        var (batch, seq) = (fresh.Count, fresh[0].Length);
        var isPadded = padding.Any(count => count > 0);
        var text = new TextBatch
        {
            InputIds = tensor(fresh.SelectMany(row => row).ToArray(), [batch, seq], device: device),
            // The mask covers cached positions too; positions count from the first real token.
            AttentionMask = isPadded
                ? tensor(padding.SelectMany(count => Enumerable.Range(0, past + seq).Select(i => i < count ? 0L : 1)).ToArray(), [batch, past + seq], device: device)
                : null,
            PositionIds = isPadded
                ? tensor(padding.SelectMany(count => Enumerable.Range(past, seq).Select(i => Math.Max(0L, i - count))).ToArray(), [batch, seq], device: device)
                : null,
        };
        var features = model.Backbone.Run(text, new() { Cache = cache });
        var last = features.Hidden.narrow(1, seq - 1, 1).squeeze(1);                              // [batch, hidden]
        return ((TokenHead)model.Head!).Project(last, model.Backbone).to(ScalarType.Float32);     // [batch, vocab]
    }
}
