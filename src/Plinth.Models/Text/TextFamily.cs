using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text;

/// <summary>What the families of text have in common: a config of their own, read strictly, and a <see cref="TextTransformer"/> that it describes.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class TextFamily<TConfig> : ModelFamily where TConfig : ModelConfig, new()
{
    /// <inheritdoc />
    public override string ModelType { get; } = new TConfig().ModelType;

    /// <inheritdoc />
    public sealed override ModelConfig ReadConfig(JsonObject json, string source)
    {
        var config = ModelConfig.Read<TConfig>(json, source);
        var rules = new ConfigRules(source);
        rules.Unknown(config);
        rules.Sizes(config);
        Check(config, rules);
        try
        {
            // What cannot be described cannot be built; said here, the message can name the file.
            Stack(config);
            rules.Tied(config, IsTied(config));
        }
        catch (CheckpointException error)
        {
            throw new CheckpointException($"{source}: {error.Message}", error);
        }

        return config;
    }

    /// <inheritdoc />
    public sealed override ModelConfig Shape(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return ShapeOf(shape);
    }

    /// <inheritdoc />
    public override Backbone BuildBackbone(ModelConfig config) => new TextBackbone(config.VocabSize, Stack((TConfig)config));

    /// <inheritdoc />
    public sealed override ModelHead BuildHead(HeadKind kind, ModelConfig config) =>
        Architectures.ContainsKey(kind) && Head(kind, (TConfig)config) is { } head ? head : throw NoHead(kind);

    /// <summary>Refuses values that would change the mathematics and are not supported.</summary>
    protected virtual void Check(TConfig config, ConfigRules rules) { }

    /// <summary>The transformer that a config describes.</summary>
    protected abstract StackOptions Stack(TConfig config);

    /// <summary>Whether the token table itself makes the logits over the vocabulary.</summary>
    protected abstract bool IsTied(TConfig config);

    /// <summary>A head with fresh weights, or null when there is none of that kind.</summary>
    protected abstract ModelHead? Head(HeadKind kind, TConfig config);

    /// <summary>A config of the given sizes, without dropout: a recipe asks for it.</summary>
    protected abstract TConfig ShapeOf(ModelShape shape);
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
