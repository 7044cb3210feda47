using Plinth.Core;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text;

/// <summary>An encoder that reads and a decoder that writes, over one token table.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class SequenceToSequenceFamily<TConfig> : TextFamily<TConfig> where TConfig : ModelConfig, new()
{
    /// <inheritdoc />
    public sealed override bool IsCausal => false;

    /// <inheritdoc />
    public override Backbone BuildBackbone(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new SequenceToSequenceBackbone(config.VocabSize, Stack((TConfig)config), DecoderStack((TConfig)config));
    }

    /// <summary>The part that writes; <see cref="TextFamily{TConfig}.Stack"/> is the part that reads.</summary>
    protected abstract StackOptions DecoderStack(TConfig config);

    /// <summary>Form of the next-token logits.</summary>
    protected abstract VocabularyHeadOptions Vocabulary(TConfig config);

    /// <inheritdoc />
    protected sealed override bool IsTied(TConfig config) => Vocabulary(config).IsTied;

    /// <inheritdoc />
    protected sealed override ModelHead? Head(HeadKind kind, TConfig config) =>
        kind == HeadKind.SequenceToSequence ? new VocabularyHead(Vocabulary(config)) : null;
}
