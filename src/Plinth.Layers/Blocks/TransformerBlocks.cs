using Plinth.Core;
using Plinth.Layers.Attention;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Blocks;

/// <summary>All blocks of a transformer in a row.</summary>
public sealed class TransformerBlocks : nn.Module
{
    private readonly ModuleList<TransformerBlock> layers;
    private readonly TransformerOptions options;

    /// <param name="options">Sizes and form of every block.</param>
    public TransformerBlocks(TransformerOptions options)
        : base(nameof(TransformerBlocks))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        layers = new([.. Enumerable.Range(0, options.BlockCount).Select(_ => new TransformerBlock(options))]);
        RegisterComponents();
    }

    /// <summary>The maps that write to the residual stream, two per block.</summary>
    public IReadOnlyList<Projection> ResidualOutputs => [.. layers.SelectMany(block => block.ResidualOutputs)];

    /// <summary>Runs the blocks, one dispose scope each, so that a block's intermediate tensors do not outlive it.</summary>
    /// <param name="input">The embedded sequence.</param>
    /// <param name="context">Cache and trace, or null.</param>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    public Tensor Run(EmbeddedSequence input, EncodeContext? context)
    {
        ArgumentNullException.ThrowIfNull(input);
        var shared = AttentionInputs.For(options.Attention, input, context?.Cache);
        var current = input.Vectors;
        context?.HiddenStates?.Add(current.alias().DetachFromDisposeScope());
        for (var i = 0; i < layers.Count; i++)
        {
            using var scope = NewDisposeScope();
            current = layers[i].Run(current, shared, i).MoveToOuterDisposeScope();
            context?.HiddenStates?.Add(current.alias().DetachFromDisposeScope());
        }

        return current;
    }
}
