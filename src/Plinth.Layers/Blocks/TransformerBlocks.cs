using Plinth.Core;
using Plinth.Layers.Adapters;
using Plinth.Layers.Attention;
using Plinth.Layers.Positions;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Blocks;

/// <summary>All blocks of a transformer in a row.</summary>
public sealed class TransformerBlocks : nn.Module
{
    private readonly ModuleList<TransformerBlock> layers;
    private readonly RelativeBuckets? relative;
    private readonly DisentangledPositions? distances;
    private readonly TransformerOptions options;

    /// <param name="options">Sizes and form of the blocks.</param>
    public TransformerBlocks(TransformerOptions options)
        : base(nameof(TransformerBlocks))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        layers = new([.. Enumerable.Range(0, options.DistinctBlockCount ?? options.BlockCount).Select(i => new TransformerBlock(options, i))]);
        relative = options.RelativeBuckets is null ? null : new(options.RelativeBuckets);
        distances = options.Disentangled is null ? null : new(options.Disentangled);
        RegisterComponents();
    }

    /// <summary>The maps that write to the residual stream.</summary>
    public IReadOnlyList<Projection> ResidualOutputs => [.. layers.SelectMany(block => block.ResidualOutputs)];

    /// <summary>Runs the blocks, one dispose scope each, so that a block's intermediate tensors do not outlive it.</summary>
    /// <param name="input">The embedded sequence.</param>
    /// <param name="context">Cache, memory and trace, or null.</param>
    /// <param name="after">What is done to the output of each block, given its number from 0; or null.</param>
    /// <param name="prefix">Keys and values before those of the sequence, or null.</param>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    public Tensor Run(EmbeddedSequence input, EncodeContext? context, Func<Tensor, int, Tensor>? after = null, PrefixTokens? prefix = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        var seq = input.Vectors.size(1);
        var pass = new AttentionPass(
            layers.Select(block => block.Attention),
            input,
            context,
            relative?.Biases(seq, seq + AttentionPass.PastLength(context, prefix)),
            distances?.Distances(seq),
            prefix);
        var stream = new Residual(input.Vectors);
        context?.Trace(stream.Vectors);
        for (var i = 0; i < options.BlockCount; i++)
        {
            using var scope = NewDisposeScope();
            var output = layers[i * layers.Count / options.BlockCount].Run(stream, pass, i);
            if (after is not null || context is { HiddenStates: not null } || i == options.BlockCount - 1)
            {
                var sum = output.Sum();
                output = new(after?.Invoke(sum, i) ?? sum);
            }

            // Read by the block that has just run, and by no other.
            stream.Change?.Dispose();
            stream = output.MoveToOuterDisposeScope();
            context?.Trace(stream.Vectors);
        }

        return stream.Vectors;
    }
}
