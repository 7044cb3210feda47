using Plinth.Core;
using Plinth.Layers.Norms;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Attention;

/// <summary>
/// Multi-head attention (Vaswani et al. 2017, arXiv:1706.03762), with grouped queries where the options say so: of a sequence to
/// itself, or of a decoder to what its encoder wrote.
/// </summary>
public sealed class MultiHeadAttention : nn.Module
{
    private const long LongestProducts = 128 * 128;

    private readonly Projection? query, key, value, fused;
    private readonly Projection output;
    private readonly Norm? queryNorm, keyNorm;
    private readonly MapBiases? mapBiases;
    private readonly AttentionOptions options;
    private readonly int headSize, headCount, keyHeadCount;

    /// <param name="options">Sizes and form.</param>
    /// <exception cref="CheckpointException">The heads do not divide the width, or the key heads the query heads.</exception>
    public MultiHeadAttention(AttentionOptions options)
        : base(nameof(MultiHeadAttention))
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
        (headSize, headCount, keyHeadCount) = (options.ResolvedHeadSize, options.HeadCount, options.ResolvedKeyValueHeadCount);
        if (options.Layout == ProjectionLayout.Separate)
        {
            query = new(options.HiddenSize, headCount * headSize, options.HasBias);
            key = new(options.HiddenSize, keyHeadCount * headSize, options.HasBias);
            value = new(options.HiddenSize, keyHeadCount * headSize, options.HasBias);
        }
        else
        {
            fused = new(options.HiddenSize, (headCount + (2 * keyHeadCount)) * headSize, options.HasBias);
        }

        output = new(headCount * headSize, options.HiddenSize, options.HasOutputBias);
        if (options.HeadNorm is { } norm)
        {
            queryNorm = new(norm, headSize);
            keyNorm = new(norm, headSize);
        }

        mapBiases = options.MapWindows is { } windows ? new(windows.Size, headCount) : null;
        RegisterComponents();
    }

    /// <summary>Sizes and form.</summary>
    public AttentionOptions Options => options;

    /// <summary>The map that writes to the residual stream.</summary>
    public Projection Output => output;

    /// <summary>Attends from a sequence to itself and what the cache holds of it.</summary>
    /// <param name="input"><c>[batch, seq, hidden]</c>.</param>
    /// <param name="pass">What all blocks of this pass share.</param>
    /// <param name="block">Number of the block, for the cache.</param>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    public Tensor Attend(Tensor input, AttentionPass pass, int block)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        var view = pass.For(options);
        if (view.Windows is { } windows)
        {
            var (queries, keys, values) = Project(windows.Split(input));                          // [batch · window, heads, position, head]
            return windows.Join(Mix(queries, keys, values, windows.Bias(mapBiases!, input), isCausal: false, block));
        }

        var (q, k, v) = Project(input);                                                          // [batch, heads, seq, head]
        (q, k) = (queryNorm?.forward(q) ?? q, keyNorm?.forward(k) ?? k);
        if (view.Rotary is { } rotary)
        {
            (q, k) = (rotary.Rotate(q), rotary.Rotate(k));
        }

        if (pass.Prefix is { } prefix)
        {
            (k, v) = prefix.Before(k, v, block);
        }

        if (pass.Cache is not null)
        {
            (k, v) = pass.Cache.Append(block, k, v);
        }

        var bias = view.Bias;
        if (pass.Distances is { } distances)
        {
            var scores = distances.Scores(q, k, query!, key!) / Math.Sqrt(headSize * (double)distances.Options.TermCount);
            bias = bias is null ? scores : bias + scores;
        }

        return Mix(q, k, v, bias, view.IsCausal, block, view.Band);
    }

    /// <summary>Attends from a decoder's sequence to what its encoder wrote.</summary>
    /// <param name="input"><c>[batch, seq, hidden]</c>.</param>
    /// <param name="pass">What all blocks of this pass share.</param>
    /// <param name="block">Number of the block, for the cache.</param>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    /// <exception cref="InvalidOperationException">The pass has no memory.</exception>
    public Tensor AttendToMemory(Tensor input, AttentionPass pass, int block)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        if (pass.Memory is not { } memory)
        {
            throw new InvalidOperationException("A decoder that reads needs the encoder's output in its context.");
        }

        // The memory never changes during a request, so its keys and values are computed once.
        if (pass.Cache?.Memory(block) is not { } seen)
        {
            seen = ReadKeys(memory.Hidden);
            pass.Cache?.KeepMemory(block, seen.Keys, seen.Values);
        }

        var q = query is null ? Project(input).Q : Heads(query.forward(input), headCount);
        return Mix(q, seen.Keys, seen.Values, pass.MemoryBias, isCausal: false, block);
    }

    private (Tensor Keys, Tensor Values) ReadKeys(Tensor memory)
    {
        if (query is not null)
        {
            return (Heads(key!.forward(memory), keyHeadCount), Heads(value!.forward(memory), keyHeadCount));
        }

        var (_, k, v) = Project(memory);
        return (k, v);
    }

    private Tensor Mix(Tensor q, Tensor k, Tensor v, Tensor? bias, bool isCausal, int block, AttentionBand? band = null)
    {
        var scale = (options.Scale ?? 1 / Math.Sqrt(headSize)) / (options.IsScaledByDepth ? block + 1 : 1);
        var mixed = band is null
            ? Weigh(q, k, v, bias, isCausal, scale)
            : band.Attend(q, k, v, (queries, keys, values, own) => Weigh(queries, keys, values, own, isCausal: false, scale));
        return output.forward(mixed.transpose(1, 2).reshape(mixed.size(0), mixed.size(2), -1));
    }

    private Tensor Weigh(Tensor q, Tensor k, Tensor v, Tensor? bias, bool isCausal, double scale)
    {
        var dropout = training ? options.Dropout : 0;
        if (options.ScoreCap is null && dropout == 0 && FusedAttention.Suits(q, k, bias, isCausal))
        {
            return FusedAttention.Attend(q, k, v, bias, isCausal, scale);
        }

        var groups = headCount / keyHeadCount;
        if (groups > 1)
        {
            (k, v) = (k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1));
        }

        if (options.ScoreCap is not null || IsShort(q, k))
        {
            return ProductAttention.Attend(q, k, v, bias, isCausal, scale, dropout, options.ScoreCap);
        }

        if (bias is not null && isCausal)
        {
            (bias, isCausal) = (bias + ProductAttention.Later(q, k), false);
        }

        // libtorch's kernel divides by √head, so only what differs from that is left to do.
        var factor = scale * Math.Sqrt(headSize);
        return nn.functional.scaled_dot_product_attention(Math.Abs(factor - 1) > 1e-12 ? q * factor : q, k, v, bias!, dropout, isCausal);
    }

    // libtorch's kernel of the processor is slower with several threads than with one where its products are small: at 12 and at 64
    // positions it takes six and three times as long as two batched products do. With one thread, and for long sequences, it wins.
    private static bool IsShort(Tensor q, Tensor k) =>
        q.device_type == DeviceType.CPU && q.dtype == ScalarType.Float32 && q.size(-2) > 1 && q.size(-2) * k.size(-2) <= LongestProducts && get_num_threads() > 1;

    private Tensor Heads(Tensor flat, int count) => flat.view(flat.size(0), flat.size(1), count, headSize).transpose(1, 2);

    private (Tensor Q, Tensor K, Tensor V) Project(Tensor input)
    {
        if (fused is null)
        {
            return (Heads(query!.forward(input), headCount), Heads(key!.forward(input), keyHeadCount), Heads(value!.forward(input), keyHeadCount));
        }

        var (batch, seq) = (input.size(0), input.size(1));
        var all = fused.forward(input);
        if (options.Layout == ProjectionLayout.Stacked)
        {
            // Split, whose way back joins three gradients; three views would each fill a whole one, and those be added up.
            var heads = all.view(batch, seq, headCount + (2 * keyHeadCount), headSize).split([headCount, keyHeadCount, keyHeadCount], 2);
            return (heads[0].transpose(1, 2), heads[1].transpose(1, 2), heads[2].transpose(1, 2));
        }

        var groups = headCount / keyHeadCount;
        var grouped = all.view(batch, seq, keyHeadCount, groups + 2, headSize);
        return (grouped.narrow(3, 0, groups).reshape(batch, seq, headCount, headSize).transpose(1, 2),
            grouped.select(3, groups).transpose(1, 2),
            grouped.select(3, groups + 1).transpose(1, 2));
    }
}
