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
