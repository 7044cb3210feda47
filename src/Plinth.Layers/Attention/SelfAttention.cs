using Plinth.Core;
using Plinth.Layers.Positions;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Attention;

/// <summary>Multi-head self-attention (Vaswani et al. 2017, arXiv:1706.03762), with grouped queries where the options say so.</summary>
public sealed class SelfAttention : nn.Module
{
    private readonly Projection? query, key, value, fused;
    private readonly Projection output;
    private readonly AttentionOptions options;

    /// <param name="options">Sizes and form.</param>
    /// <exception cref="CheckpointException">The heads do not divide the width, or the key heads the query heads.</exception>
    public SelfAttention(AttentionOptions options)
        : base(nameof(SelfAttention))
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.HeadSize is null && options.HiddenSize % options.HeadCount != 0)
        {
            throw new CheckpointException($"{options.HeadCount} attention heads do not divide the hidden size {options.HiddenSize}.");
        }

        if (options.HeadCount % options.ResolvedKeyValueHeadCount != 0)
        {
            throw new CheckpointException($"{options.ResolvedKeyValueHeadCount} key-value heads do not divide {options.HeadCount} query heads.");
        }

        this.options = options;
        var queries = options.HeadCount * options.ResolvedHeadSize;
        var keys = options.ResolvedKeyValueHeadCount * options.ResolvedHeadSize;
        if (options.IsFused)
        {
            fused = new(options.HiddenSize, queries + (2 * keys), options.HasBias);
        }
        else
        {
            query = new(options.HiddenSize, queries, options.HasBias);
            key = new(options.HiddenSize, keys, options.HasBias);
            value = new(options.HiddenSize, keys, options.HasBias);
        }

        output = new(queries, options.HiddenSize, options.HasOutputBias);
        RegisterComponents();
    }

    /// <summary>The map that writes to the residual stream.</summary>
    public Projection Output => output;

    /// <param name="input"><c>[batch, seq, hidden]</c>.</param>
    /// <param name="shared">What all blocks of this pass share.</param>
    /// <param name="block">Number of the block, for the cache.</param>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    public Tensor Attend(Tensor input, AttentionInputs shared, int block)
    {
        ArgumentNullException.ThrowIfNull(shared);
        long batch = input.size(0), seq = input.size(1);
        var (q, k, v) = Project(input, batch, seq);                      // [batch, heads, seq, head]
        if (shared.Cosines is not null)
        {
            q = RotaryPositions.Rotate(q, shared.Cosines, shared.Sines!);
            k = RotaryPositions.Rotate(k, shared.Cosines, shared.Sines!);
        }

        if (shared.Cache is not null)
        {
            (k, v) = shared.Cache.Append(block, k, v);
        }

        var groups = options.HeadCount / options.ResolvedKeyValueHeadCount;
        if (groups > 1)
        {
            k = k.repeat_interleave(groups, 1);
            v = v.repeat_interleave(groups, 1);
        }

        // The kernel divides by √head, so only what differs from that is left to do.
        var factor = (options.Scale ?? 1 / Math.Sqrt(options.ResolvedHeadSize)) * Math.Sqrt(options.ResolvedHeadSize) / (options.IsScaledByDepth ? block + 1 : 1);
        if (Math.Abs(factor - 1) > 1e-12)
        {
            q *= factor;
        }

        var mixed = nn.functional.scaled_dot_product_attention(q, k, v, shared.Bias!, training ? options.Dropout : 0, shared.IsCausal);
        return output.forward(mixed.transpose(1, 2).reshape(batch, seq, -1));
    }

    private (Tensor Q, Tensor K, Tensor V) Project(Tensor input, long batch, long seq)
    {
        Tensor Heads(Tensor flat, int count) => flat.view(batch, seq, count, options.ResolvedHeadSize).transpose(1, 2);
        if (fused is null)
        {
            return (Heads(query!.forward(input), options.HeadCount),
                Heads(key!.forward(input), options.ResolvedKeyValueHeadCount),
                Heads(value!.forward(input), options.ResolvedKeyValueHeadCount));
        }

        var queries = options.HeadCount * options.ResolvedHeadSize;
        var keys = options.ResolvedKeyValueHeadCount * options.ResolvedHeadSize;
        var all = fused.forward(input);
        Tensor Part(long start, long size, int count) =>
            all.narrow(-1, start, size).reshape(batch, seq, count, options.ResolvedHeadSize).transpose(1, 2);
        return (Part(0, queries, options.HeadCount),
            Part(queries, keys, options.ResolvedKeyValueHeadCount),
            Part(queries + keys, keys, options.ResolvedKeyValueHeadCount));
    }
}
