using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>
/// Keys and values of the positions already seen, one pair per block. It belongs to one request and is an argument
/// of the pass, never a state of the model. Not thread-safe.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly List<(Tensor Keys, Tensor Values)> blocks = [];
    private readonly List<(Tensor Keys, Tensor Values)> memory = [];

    /// <summary>Positions held.</summary>
    public long Length => blocks.Count == 0 ? 0 : blocks[0].Keys.size(2);

    /// <summary>Appends the new positions of one block.</summary>
    /// <param name="block">Number of the block, from 0; blocks come in order.</param>
    /// <param name="keys"><c>[batch, heads, seq, head]</c>.</param>
    /// <param name="values"><c>[batch, heads, seq, head]</c>.</param>
    /// <returns>All positions of that block; the cache keeps owning them.</returns>
    public (Tensor Keys, Tensor Values) Append(int block, Tensor keys, Tensor values)
    {
        if (block == blocks.Count)
        {
            blocks.Add((Keep(keys.alias()), Keep(values.alias())));
            return blocks[block];
        }

        var (oldKeys, oldValues) = blocks[block];
        blocks[block] = (Keep(cat([oldKeys, keys], 2)), Keep(cat([oldValues, values], 2)));
        oldKeys.Dispose();
        oldValues.Dispose();
        return blocks[block];
    }

    /// <summary>Keys and values of what a decoder reads, or null before <see cref="KeepMemory"/>.</summary>
    /// <param name="block">Number of the block.</param>
    public (Tensor Keys, Tensor Values)? Memory(int block) => block < memory.Count ? memory[block] : null;

    /// <summary>Keeps the keys and values of what a decoder reads, which never change.</summary>
    /// <param name="block">Number of the block, from 0; blocks come in order.</param>
    /// <param name="keys"><c>[batch, heads, memory, head]</c>.</param>
    /// <param name="values"><c>[batch, heads, memory, head]</c>.</param>
    public void KeepMemory(int block, Tensor keys, Tensor values)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfNotEqual(block, memory.Count);
        memory.Add((Keep(keys.alias()), Keep(values.alias())));
    }

    /// <summary>Replaces the rows, as beam search does when it drops some hypotheses and doubles others.</summary>
    /// <param name="rows">For each new row the old row that it continues; int64 <c>[batch]</c>.</param>
    public void Reorder(Tensor rows)
    {
        foreach (var list in (List<(Tensor Keys, Tensor Values)>[])[blocks, memory])
        {
            for (var i = 0; i < list.Count; i++)
            {
                var (keys, values) = list[i];
                list[i] = (Keep(keys.index_select(0, rows)), Keep(values.index_select(0, rows)));
                keys.Dispose();
                values.Dispose();
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var (keys, values) in blocks.Concat(memory))
        {
            keys.Dispose();
            values.Dispose();
        }

        blocks.Clear();
        memory.Clear();
    }

    // What outlives its scope is detached at the moment it is kept.
    private static Tensor Keep(Tensor tensor) => tensor.requires_grad
        ? tensor.detach().DetachFromDisposeScope()
        : tensor.DetachFromDisposeScope();
}
