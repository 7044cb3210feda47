using Plinth.Core;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Bart;

/// <summary>BART: a text that was damaged, written anew.</summary>
public sealed class BartFamily : BartTypeFamily<BartConfig>
{
    // The reference keeps two rows before the first position.
    private const int Offset = 2;

    /// <inheritdoc />
    public override string Paper => "Lewis et al. 2019, arXiv:1910.13461";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Of("Bart", HeadKind.None, HeadKind.SequenceToSequence);

    /// <inheritdoc />
    protected override StackOptions Part(BartConfig config, int blocks, int heads, int inner, bool writes)
    {
        ArgumentNullException.ThrowIfNull(config);
        return base.Part(config, blocks, heads, inner, writes) with
        {
            PositionRows = config.MaxPositionEmbeddings + Offset,
            PositionOffset = Offset,
            EmbeddingNorm = new NormOptions(),
        };
    }
}
