using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference;

/// <summary>
/// The state of one request: the cache and where each row stands. Prompts are padded on the left, so that every row's next
/// token is in the same column.
/// </summary>
internal sealed class DecodingSession : IDisposable
{
    private readonly Model model;
    private readonly Device device;
    private readonly KeyValueCache cache = new();
    private readonly IReadOnlyList<IReadOnlyList<int>> prompts;
    private readonly int padId;
    private int[] padding;

    public DecodingSession(Model model, IReadOnlyList<IReadOnlyList<int>> prompts, int padId)
    {
        this.model = model;
        this.prompts = prompts;
        this.padId = padId;
        device = model.Device;
        Width = prompts.Max(prompt => prompt.Count);
        padding = [.. prompts.Select(prompt => Width - prompt.Count)];
    }

    /// <summary>Columns so far, padding included.</summary>
    public int Width { get; private set; }

    /// <summary>Reads the prompts; gives the logits of the first new token, <c>[batch, vocab]</c>.</summary>
    public Tensor Begin()
    {
        var ids = prompts.SelectMany((prompt, row) => Enumerable.Repeat((long)padId, padding[row]).Concat(prompt.Select(id => (long)id))).ToArray();
        var positions = padding.SelectMany(pad => Enumerable.Range(0, Width).Select(column => (long)Math.Max(0, column - pad))).ToArray();
        return Pass(ids, positions, Width);
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

        cache.Reorder(tensor(rows.Select(row => (long)row).ToArray(), device: device));
        padding = [.. rows.Select(row => padding[row])];
    }

    public void Dispose() => cache.Dispose();

    private Tensor Pass(long[] ids, long[] positions, int columns)
    {
        var isPadded = padding.Any(pad => pad > 0);
        var batch = new TextBatch
        {
            InputIds = tensor(ids, device: device).view(padding.Length, columns),
            // Without padding the model counts for itself and needs no mask, which its fast attention likes.
            AttentionMask = isPadded
                ? tensor(padding.SelectMany(pad => Enumerable.Range(0, Width).Select(column => column < pad ? 0L : 1L)).ToArray(), device: device).view(padding.Length, Width)
                : null,
            PositionIds = isPadded ? tensor(positions, device: device).view(padding.Length, columns) : null,
        };
        var hidden = model.Backbone.Run(batch, new() { Cache = cache }).Hidden;                   // [batch, seq, hidden]
        return CausalModel.Project(model, hidden.select(1, columns - 1));                         // [batch, vocab]
    }
}
