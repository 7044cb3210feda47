using Plinth.Core;
using Plinth.Layers.Positions;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Attention;

/// <summary>What all blocks of one pass share: the mask, the rotary tables, the cache. Made once per pass.</summary>
public sealed class AttentionInputs
{
    // Large enough that its exponential is 0, small enough that a row of nothing but masked scores stays finite.
    private const double Masked = -1e30;

    /// <summary>Added to the scores, or null; <c>[batch or 1, heads or 1, query, key]</c>.</summary>
    public Tensor? Bias { get; private init; }

    /// <summary>Whether the kernel hides later positions itself, so that no mask need be built.</summary>
    public bool IsCausal { get; private init; }

    /// <summary>Rotary cosines, or null; <c>[batch, 1, seq, head]</c>.</summary>
    public Tensor? Cosines { get; private init; }

    /// <summary>Rotary sines, or null; <c>[batch, 1, seq, head]</c>.</summary>
    public Tensor? Sines { get; private init; }

    /// <summary>Keys and values of earlier positions, or null.</summary>
    public KeyValueCache? Cache { get; private init; }

    /// <summary>Prepares one pass.</summary>
    /// <param name="options">Form of the attention layers.</param>
    /// <param name="input">The embedded sequence; its mask covers cached and new positions.</param>
    /// <param name="cache">Earlier positions, or null.</param>
    public static AttentionInputs For(AttentionOptions options, EmbeddedSequence input, KeyValueCache? cache)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(input);
        var queryCount = input.Vectors.size(1);
        var past = cache?.Length ?? 0;
        var device = input.Vectors.device;
        var dtype = input.Vectors.dtype;
        var isCausal = options.Pattern == AttentionPattern.Causal;
        var needsBias = input.Mask is not null || options.Positions == PositionKind.LinearBias || (isCausal && past > 0 && queryCount > 1);
        Tensor? bias = null;
        if (needsBias)
        {
            var keys = arange(past + queryCount, ScalarType.Int64, device);
            var queries = arange(past, past + queryCount, ScalarType.Int64, device);
            bias = zeros([1, 1, queryCount, past + queryCount], ScalarType.Float32, device);
            if (isCausal)
            {
                bias = bias.masked_fill(keys.unsqueeze(0) > queries.unsqueeze(1), Masked);
            }

            if (input.Mask is { } mask)
            {
                bias = bias.masked_fill(mask.eq(0).unsqueeze(1).unsqueeze(1), Masked); // [batch, 1, query, key]
            }

            if (options.Positions == PositionKind.LinearBias)
            {
                bias = bias + LinearBiases.Biases(options.HeadCount, queries.unsqueeze(0), keys.unsqueeze(0));
            }

            bias = bias.to(dtype);
        }

        Tensor? cosines = null, sines = null;
        if (options.Positions == PositionKind.Rotary)
        {
            var positions = input.Positions ?? arange(past, past + queryCount, ScalarType.Int64, device).unsqueeze(0);
            (cosines, sines) = new RotaryPositions(options.ResolvedHeadSize, options.RotaryTheta).Tables(positions, dtype);
        }

        return new()
        {
            Bias = bias,
            IsCausal = isCausal && !needsBias && queryCount > 1,
            Cosines = cosines,
            Sines = sines,
            Cache = cache,
        };
    }
}
