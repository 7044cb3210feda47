using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference;

/// <summary>
/// The state of one request: the cache, where each row stands, and what an encoder wrote. Prompts are padded on the left, so that
/// every row's next token is in the same column; texts for an encoder on the right, as it was trained.
/// </summary>
internal sealed class DecodingSession : IDisposable
{
    private readonly Model model;
    private readonly Device device;
    private readonly KeyValueCache cache = new();
    private readonly IReadOnlyList<IReadOnlyList<int>> prompts;
    private readonly IReadOnlyList<IReadOnlyList<int>>? sources;
    private readonly int padId;
    private readonly ImageBatch? images;
    private int[] padding;
    private Memory? memory;

    public DecodingSession(Model model, GenerationRequest request)
    {
        this.model = model;
        (prompts, sources, padId) = (request.Prompts, request.Sources, request.PadId);
        device = model.Device;
        images = request.Images?.MoveTo(device);
        Width = prompts.Max(prompt => prompt.Count);
        padding = [.. prompts.Select(prompt => Width - prompt.Count)];
    }

    /// <summary>Columns so far, padding included.</summary>
    public int Width { get; private set; }

    /// <summary>Reads the prompts; gives the logits of the first new token, <c>[batch, vocab]</c>.</summary>
    public Tensor Begin()
    {
        memory = sources is null ? null : Read(sources);
        var ids = prompts.SelectMany((prompt, row) => Enumerable.Repeat((long)padId, padding[row]).Concat(prompt.Select(id => (long)id))).ToArray();
        var positions = padding.SelectMany(pad => Enumerable.Range(0, Width).Select(column => (long)Math.Max(0, column - pad))).ToArray();
        return Pass(ids, positions, Width, images);
    }

    /// <summary>Adds a token to each row; gives the logits of the next, <c>[batch, vocab]</c>.</summary>
    public Tensor Continue(IReadOnlyList<int> tokens)
    {
        var positions = padding.Select(pad => (long)(Width - pad)).ToArray();
        Width++;
        return Pass([.. tokens.Select(id => (long)id)], positions, 1);
    }

    /// <summary>Replaces the rows.</summary>
    /// <param name="rows">For each new row the old one that it continues.</param>
    public void Reorder(IReadOnlyList<int> rows)
    {
        if (rows.Count == padding.Length && rows.Select((row, i) => row == i).All(isSame => isSame))
        {
            return;
        }

        var order = tensor(rows.Select(row => (long)row).ToArray(), device: device);
        cache.Reorder(order);
        if (memory is { } old)
        {
            memory = Keep(old.Hidden.index_select(0, order), old.Mask?.index_select(0, order));
            Forget(old);
        }

        padding = [.. rows.Select(row => padding[row])];
    }

    public void Dispose()
    {
        cache.Dispose();
        Forget(memory);
    }

    private Memory Read(IReadOnlyList<IReadOnlyList<int>> texts)
    {
        var width = texts.Max(text => text.Count);
        Tensor Rows(Func<IReadOnlyList<int>, IEnumerable<long>> row) => tensor(texts.SelectMany(row).ToArray(), device: device).view(texts.Count, width);
        var read = model.Backbone.Read(new TextBatch
        {
            InputIds = Rows(text => text.Select(id => (long)id).Concat(Enumerable.Repeat((long)padId, width - text.Count))),
            AttentionMask = texts.All(text => text.Count == width)
                ? null
                : Rows(text => Enumerable.Range(0, width).Select(column => column < text.Count ? 1L : 0L)),
        })!;
        return Keep(read.Hidden, read.Mask);
    }

    // It outlives the pass that made it.
    private static Memory Keep(Tensor hidden, Tensor? mask) => new(hidden.alias().DetachFromDisposeScope(), mask?.alias().DetachFromDisposeScope());

    private static void Forget(Memory? memory)
    {
        memory?.Hidden.Dispose();
        memory?.Mask?.Dispose();
    }

    private Tensor Pass(long[] ids, long[] positions, int columns, ImageBatch? shown = null)
    {
        var tokens = tensor(ids, device: device).view(padding.Length, columns);
        var isPadded = padding.Any(pad => pad > 0);
        var batch = new TextBatch
        {
            InputIds = tokens,
            DecoderInputIds = memory is null ? null : tokens,
            // Without padding the model counts for itself and needs no mask, which its fast attention likes.
            AttentionMask = isPadded
                ? tensor(padding.SelectMany(pad => Enumerable.Range(0, Width).Select(column => column < pad ? 0L : 1L)).ToArray(), device: device).view(padding.Length, Width)
                : null,
            // Seen once: what they were is then in the cache.
            Images = shown,
            PositionIds = isPadded ? tensor(positions, device: device).view(padding.Length, columns) : null,
        };
        var hidden = model.Backbone.Run(batch, new() { Cache = cache, Memory = memory }).Hidden;                   // [batch, seq, hidden]
        return CausalModel.Project(model, hidden.select(1, columns - 1));                         // [batch, vocab]
    }
}
