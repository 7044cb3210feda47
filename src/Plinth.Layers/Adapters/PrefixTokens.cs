using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>
/// Virtual tokens that are only looked at: a key and a value each in every block (prefix tuning: Li, Liang 2021, arXiv:2101.00190). They are
/// trained as they are, as in P-tuning v2 (Liu et al. 2021, arXiv:2110.07602), and not through a network that makes them.
/// </summary>
public sealed class PrefixTokens : VirtualTokens
{
    private readonly PrefixShape shape;

    /// <param name="weight">What they begin with: in each row, block after block, the key of each head and then the value of each head; <c>[token, block · 2 · heads · head]</c>.</param>
    /// <param name="shape">Blocks and heads.</param>
    public PrefixTokens(Tensor weight, PrefixShape shape)
        : base(nameof(PrefixTokens), weight) => this.shape = shape ?? throw new ArgumentNullException(nameof(shape));

    /// <summary>Blocks and heads.</summary>
    public PrefixShape Shape => shape;

    /// <summary>Puts them before the keys and values of tokens.</summary>
    /// <param name="keys"><c>[batch, heads, seq, head]</c>.</param>
    /// <param name="values">The same.</param>
    /// <param name="block">Number of the block, from 0.</param>
    /// <returns><c>[batch, heads, token + seq, head]</c>, both.</returns>
    public (Tensor Keys, Tensor Values) Before(Tensor keys, Tensor values, int block)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(values);
        var pair = Weight.view(Count, shape.BlockCount, 2, shape.HeadCount, shape.HeadSize).select(1, block).to(keys.dtype);
        Tensor Heads(int which) => pair.select(1, which).transpose(0, 1).unsqueeze(0).expand(keys.size(0), -1, -1, -1);
        return (cat([Heads(0), keys], 2), cat([Heads(1), values], 2));
    }
}

/// <summary>What of a transformer virtual tokens with keys and values must fit.</summary>
/// <param name="BlockCount">Blocks.</param>
/// <param name="HeadCount">Key and value heads.</param>
/// <param name="HeadSize">Width of a head.</param>
public sealed record PrefixShape(int BlockCount, int HeadCount, int HeadSize);

/// <summary>Prefix tuning: keys and values in every block of every part. They begin small, so that they attract no more than their share.</summary>
public sealed record PrefixOptions : VirtualTokenOptions
{
    private const double Deviation = 0.02;

    /// <inheritdoc />
    public override VirtualTokens? Make(IVirtualTokenSlot slot, Tensor? vocabulary)
    {
        ArgumentNullException.ThrowIfNull(slot);
        return slot.Prefix is { } shape ? new PrefixTokens(randn([Count, shape.BlockCount * 2L * shape.HeadCount * shape.HeadSize]) * Deviation, shape) : null;
    }
}
