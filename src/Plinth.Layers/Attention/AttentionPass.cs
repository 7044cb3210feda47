using Plinth.Core;
using Plinth.Layers.Adapters;
using Plinth.Layers.Positions;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Attention;

/// <summary>What layers of one form share in one pass.</summary>
/// <param name="Bias">Added to the scores, or null; <c>[batch or 1, heads or 1, query or 1, key]</c>.</param>
/// <param name="IsCausal">Whether later positions are to be hidden beside the bias.</param>
/// <param name="Rotary">What queries and keys are rotated by, or null.</param>
/// <param name="Band">How a window is computed without the whole matrix, or null; it then holds the biases.</param>
/// <param name="Windows">How a map is cut into squares that attend each within itself, or null.</param>
public sealed record AttentionView(Tensor? Bias, bool IsCausal, RotaryTables? Rotary, AttentionBand? Band = null, MapWindows? Windows = null);

/// <summary>What all blocks of one pass share: masks, rotary tables, the cache, what a decoder reads. Made once per pass.</summary>
public sealed class AttentionPass
{
    // Large enough that its exponential is 0, small enough that a row of nothing but masked scores stays finite.
    private const double Masked = -1e30;

    private readonly Dictionary<AttentionForm, AttentionView> views = [];
    private readonly EmbeddedSequence input;
    private readonly long queryCount, past;

    /// <param name="forms">The self-attention of each block.</param>
    /// <param name="input">The embedded sequence; its mask covers cached and new positions.</param>
    /// <param name="context">Cache and memory, or null.</param>
    /// <param name="shared">Biases that all blocks add, <c>[1, heads, query, key]</c>, or null.</param>
    /// <param name="distances">Distances that queries and keys meet, or null.</param>
    /// <param name="prefix">Keys and values before those of the sequence, or null; where a cache holds earlier positions, it holds them too.</param>
    public AttentionPass(
        IEnumerable<AttentionOptions> forms, EmbeddedSequence input, EncodeContext? context, Tensor? shared = null, DisentangledDistances? distances = null, PrefixTokens? prefix = null)
    {
        ArgumentNullException.ThrowIfNull(forms);
        ArgumentNullException.ThrowIfNull(input);
        this.input = input;
        Cache = context?.Cache;
        Distances = distances;
        (queryCount, past) = (input.Vectors.size(1), PastLength(context, prefix));
        Prefix = Cache is { Length: > 0 } ? null : prefix;
        foreach (var options in forms)
        {
            if (!views.ContainsKey(options.Form))
            {
                views.Add(options.Form, Prepare(options, shared));
            }
        }

        if (context?.Memory is { } memory)
        {
            Memory = memory;
            MemoryBias = memory.Mask is null ? null
                : zeros_like(memory.Mask, ScalarType.Float32).masked_fill(memory.Mask.eq(0), Masked).unsqueeze(1).unsqueeze(1).to(input.Vectors.dtype);
        }
    }

    /// <summary>Keys and values of earlier positions, or null.</summary>
    public KeyValueCache? Cache { get; }

    /// <summary>Keys and values that stand before those of this pass, or null.</summary>
    public PrefixTokens? Prefix { get; }

    /// <summary>What a decoder reads, or null.</summary>
    public Memory? Memory { get; }

    /// <summary>Added to the scores towards the memory, or null; <c>[batch, 1, 1, memory]</c>.</summary>
    public Tensor? MemoryBias { get; }

    /// <summary>Distances that queries and keys meet, or null.</summary>
    public DisentangledDistances? Distances { get; }

    /// <summary>Positions before those of a pass.</summary>
    /// <param name="context">Cache, or null.</param>
    /// <param name="prefix">Keys and values before those of the sequence, or null.</param>
    public static long PastLength(EncodeContext? context, PrefixTokens? prefix) => context?.Cache is { Length: > 0 } cache ? cache.Length : prefix?.Count ?? 0;

    /// <summary>What layers of that form share.</summary>
    public AttentionView For(AttentionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return views[options.Form];
    }

    private AttentionView Prepare(AttentionOptions options, Tensor? shared)
    {
        if (options.MapWindows is { } squares)
        {
            return new(null, false, null, Windows: MapWindows.Plan(
                squares, input as EmbeddedImages ?? throw new InvalidOperationException("Attention within the squares of a map needs to know the map's rows and columns.")));
        }

        var isCausal = options.Pattern == AttentionPattern.Causal;
        // A window no shorter than the sequence hides nothing.
        var window = options.Window < past + queryCount ? options.Window : null;
        var needsBias = input.Mask is not null || window is not null || shared is not null
            || options.Positions == PositionKind.LinearBias || (isCausal && past > 0 && queryCount > 1);
        var (device, dtype) = (input.Vectors.device, input.Vectors.dtype);
        RotaryTables? rotary = null;
        if (options.Positions == PositionKind.Rotary)
        {
            var positions = input.Positions ?? arange(past, past + queryCount, ScalarType.Int64, device).unsqueeze(0);
            rotary = new RotaryPositions(options.ResolvedHeadSize, options.Rotary).Tables(positions, dtype, Reach(options, positions));
        }

        var all = past + queryCount;
        if (window is { } reach && shared is null && Distances is null && AttentionBand.Pays(queryCount, all, reach, isCausal))
        {
            return new(null, false, rotary, AttentionBand.Plan(
                queryCount, all, reach, isCausal, (query, queries, key, keys) => Bias(options, window, null, query, queries, key, keys).to(dtype)));
        }

        // Padding alone is the same for all queries, so the kernel can hide later positions beside it.
        var hidesLater = isCausal && past == 0 && queryCount > 1 && window is null && shared is null && options.Positions != PositionKind.LinearBias;
        return new(needsBias ? Bias(options, window, shared, past, queryCount, 0, all, hidesLater).to(dtype) : null, hidesLater, rotary);
    }

    // Asking a tensor for its largest value waits for the device, so only scalings that depend on it do.
    private long Reach(AttentionOptions options, Tensor positions) =>
        options.Rotary.Scaling is { DependsOnLength: true } ? positions.max().ToInt64() + 1 : past + queryCount;

    // The biases of a rectangle of the scores.
    private Tensor Bias(
        AttentionOptions options, int? window, Tensor? shared, long firstQuery, long queryLength, long firstKey, long keyLength, bool hidesLater = false)
    {
        var device = input.Vectors.device;
        var keys = arange(firstKey, firstKey + keyLength, ScalarType.Int64, device);
        var queries = arange(firstQuery, firstQuery + queryLength, ScalarType.Int64, device);
        var distance = queries.unsqueeze(1) - keys.unsqueeze(0);                                  // [query, key]
        var isCausal = options.Pattern == AttentionPattern.Causal && !hidesLater;
        var bias = zeros([1, 1, isCausal || window is not null ? queryLength : 1, keyLength], ScalarType.Float32, device);
        if (isCausal)
        {
            bias = bias.masked_fill(distance < 0, Masked);
            bias = window is { } reach ? bias.masked_fill(distance >= reach, Masked) : bias;
        }
        else if (window is { } reach)
        {
            bias = bias.masked_fill(distance.abs() > reach, Masked);
        }

        if (input.Mask is { } mask)
        {
            bias = bias.masked_fill(mask.narrow(1, firstKey, keyLength).eq(0).unsqueeze(1).unsqueeze(1), Masked); // [batch, 1, query, key]
        }

        if (options.Positions == PositionKind.LinearBias)
        {
            bias = bias + LinearBiases.Biases(options.HeadCount, queries.unsqueeze(0), keys.unsqueeze(0));
        }

        return shared is null ? bias : bias + shared;
    }
}
