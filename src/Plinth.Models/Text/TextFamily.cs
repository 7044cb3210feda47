using Plinth.Core;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text;

/// <summary>What the families of text have in common: a <see cref="TextTransformer"/> that the config describes.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class TextFamily<TConfig> : ConfiguredFamily<TConfig> where TConfig : ModelConfig, new()
{
    /// <inheritdoc />
    public sealed override Modality Modality => Modality.Text;

    /// <inheritdoc />
    public override Backbone BuildBackbone(ModelConfig config) => new TextBackbone(config.VocabSize, Stack((TConfig)config));

    /// <summary>The transformer that a config describes.</summary>
    protected abstract StackOptions Stack(TConfig config);

    /// <summary>Whether the token table itself makes the logits over the vocabulary.</summary>
    protected abstract bool IsTied(TConfig config);

    /// <inheritdoc />
    protected sealed override void Describe(TConfig config, ConfigRules rules)
    {
        Stack(config);
        rules.Tied(config, IsTied(config));
    }
}

/// <summary>An encoder: hidden tokens to learn from, and the heads that came with BERT.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class EncoderFamily<TConfig> : TextFamily<TConfig> where TConfig : ModelConfig, new()
{
    /// <inheritdoc />
    public sealed override bool IsCausal => false;

    /// <summary>What the heads have in common.</summary>
    protected abstract EncoderHeadOptions Heads(TConfig config);

    /// <inheritdoc />
    protected sealed override bool IsTied(TConfig config) => true;

    /// <inheritdoc />
    protected sealed override ModelHead? Head(HeadKind kind, TConfig config)
    {
        var options = Heads(config);
        return kind switch
        {
            HeadKind.Pooled => new SummaryHead(options),
            HeadKind.MaskedLanguageModeling => new MaskedTokenHead(options),
            HeadKind.Pretraining => new PretrainingHead(options),
            HeadKind.ReplacedTokenDetection => new ReplacedTokenHead(options),
            HeadKind.SequenceClassification => new SequenceHead(options),
            HeadKind.TokenClassification => new ClassifierHead(options.HiddenSize, options.LabelCount, options.Dropout, options.TransformsEachToken ? options : null),
            HeadKind.QuestionAnswering => new SpanHead(options.HiddenSize, options.TransformsEachToken ? options : null),
            HeadKind.MultipleChoice => new SequenceHead(options with { LabelCount = 1 }),
            _ => null,
        };
    }
}

/// <summary>A decoder: the next token to learn from, and heads on its last token.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class DecoderFamily<TConfig> : TextFamily<TConfig> where TConfig : ModelConfig, new()
{
    /// <inheritdoc />
    public sealed override bool IsCausal => true;

    /// <summary>Form of the next-token logits; by default the token table makes them.</summary>
    protected virtual VocabularyHeadOptions Vocabulary(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new() { HiddenSize = Stack(config).FeatureSize, VocabularySize = config.VocabSize };
    }

    /// <inheritdoc />
    protected sealed override bool IsTied(TConfig config) => Vocabulary(config).IsTied;

    /// <summary>Probability of dropping a feature before a tagging head in training.</summary>
    protected virtual double ClassifierDropout(TConfig config) => 0;

    /// <inheritdoc />
    protected sealed override ModelHead? Head(HeadKind kind, TConfig config)
    {
        var options = Vocabulary(config);
        return kind switch
        {
            HeadKind.CausalLanguageModeling => new VocabularyHead(options),
            HeadKind.SequenceClassification => new LastTokenHead(options.HiddenSize, config.LabelCount, config.PadTokenId),
            HeadKind.TokenClassification => new ClassifierHead(options.HiddenSize, config.LabelCount, ClassifierDropout(config)),
            _ => null,
        };
    }
}
