using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>Trained elements at the front of every sequence that stand for no token of it.</summary>
public abstract class VirtualTokens : nn.Module
{
    private readonly Parameter weight;

    /// <param name="name">Name of the module, for printing.</param>
    /// <param name="weight">What they begin with, a row for each; <c>[token, size]</c>.</param>
    protected VirtualTokens(string name, Tensor weight)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(weight);
        this.weight = new Parameter(weight);
        RegisterComponents();
    }

    /// <summary>A row for each; <c>[token, size]</c>.</summary>
    public Parameter Weight => weight;

    /// <summary>How many there are.</summary>
    public long Count => weight.size(0);
}

/// <summary>Virtual tokens that are read like others: a vector each where the tokens' own are looked up (prompt tuning: Lester et al. 2021, arXiv:2104.08691).</summary>
/// <param name="vectors">What they begin with; <c>[token, embedding]</c>.</param>
public sealed class PromptTokens(Tensor vectors) : VirtualTokens(nameof(PromptTokens), vectors)
{
    /// <summary>Puts them before the vectors of tokens.</summary>
    /// <param name="tokens"><c>[batch, seq, embedding]</c>.</param>
    /// <returns><c>[batch, token + seq, embedding]</c>.</returns>
    public Tensor Before(Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return cat([Weight.to(tokens.dtype).unsqueeze(0).expand(tokens.size(0), -1, -1), tokens], 1);
    }
}

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

/// <summary>A transformer that virtual tokens can be put before.</summary>
public interface IVirtualTokenSlot
{
    /// <summary>Those that are active now, or null. They are owned by an <see cref="AdapterSet"/>.</summary>
    VirtualTokens? Virtual { get; set; }

    /// <summary>Width of the tokens' own vectors.</summary>
    int TokenSize { get; }

    /// <summary>Longest sequence, virtual tokens included.</summary>
    int PositionCount { get; }

    /// <summary>Whether it reads what the model is given; the other part of an encoder-decoder writes.</summary>
    bool IsReading { get; }

    /// <summary>Blocks and heads, or null where its attention takes no keys but those of the sequence.</summary>
    PrefixShape? Prefix { get; }
}

/// <summary>How many virtual tokens there are, in a form that says what they consist of.</summary>
public abstract record VirtualTokenOptions : AdapterOptions
{
    /// <summary>Virtual tokens before each sequence.</summary>
    public int Count { get; init; } = 20;

    /// <summary>Makes fresh ones, or null where the form has none for that part of the model.</summary>
    /// <param name="slot">The part.</param>
    /// <param name="vocabulary">The model's table of token vectors <c>[vocab, embedding]</c>, or null.</param>
    public abstract VirtualTokens? Make(IVirtualTokenSlot slot, Tensor? vocabulary);
}

/// <summary>Prompt tuning: vectors before those of what is read. They begin as those of tokens drawn from the vocabulary, as in section 3.1 of the paper.</summary>
public sealed record PromptOptions : VirtualTokenOptions
{
    /// <inheritdoc />
    public override VirtualTokens? Make(IVirtualTokenSlot slot, Tensor? vocabulary)
    {
        ArgumentNullException.ThrowIfNull(slot);
        return slot.IsReading
            ? new PromptTokens(vocabulary?.detach().index_select(0, randint(vocabulary.size(0), Count, ScalarType.Int64, vocabulary.device)) ?? randn([Count, slot.TokenSize]) * 0.02)
            : null;
    }
}

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
