using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Gpt2;

/// <summary>Decoders of GPT-2's build: learned positions, norms before each part, plain feed-forward networks.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class Gpt2TypeFamily<TConfig> : DecoderFamily<TConfig> where TConfig : Gpt2TypeConfig, new()
{
    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "transformer.wte.*"),
            new("backbone.stack.positions.*", "transformer.wpe.*"),
            .. BlockNames.OpenAi,
            new("backbone.stack.finalNorm.*", "transformer.ln_f.*"),
            new("head.output.*", "lm_head.*"),
            new("head.score.*", "score.*"),
            new("head.tagger.*", "classifier.*"),
        ],
        prefix: "transformer.",
        ignored: ["transformer.h.#.attn.bias", "transformer.h.#.attn.masked_bias", "h.#.attn.bias", "h.#.attn.masked_bias", "lm_head.weight"]);

    /// <inheritdoc />
    protected override VocabularyHeadOptions Vocabulary(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return base.Vocabulary(config) with { IsTied = config.TieWordEmbeddings ?? true };
    }

    /// <inheritdoc />
    protected override StackOptions Stack(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = new NormOptions(Epsilon: config.LayerNormEpsilon);
        return new()
        {
            MaximumLength = config.NPositions,
            PositionRows = config.NPositions,
            EmbeddingDropout = config.EmbdPdrop,
            FinalNorm = norm,
            InitializerRange = config.InitializerRange,
            ScalesResidualOutputs = true,
            Blocks = new()
            {
                BlockCount = config.NLayer,
                Norm = norm,
                Dropout = config.ResidPdrop,
                FeedForward = new() { HiddenSize = config.NEmbd, InnerSize = config.NInner ?? 4 * config.NEmbd, Activation = config.ActivationFunction },
                Attention = new()
                {
                    HiddenSize = config.NEmbd,
                    HeadCount = config.NHead,
                    Layout = ProjectionLayout.Stacked,
                    Pattern = AttentionPattern.Causal,
                    Scale = config.ScaleAttnWeights ? null : 1,
                    IsScaledByDepth = config.ScaleAttnByInverseLayerIdx,
                    Dropout = config.AttnPdrop,
                },
            },
        };
    }

    /// <inheritdoc />
    protected override double ClassifierDropout(TConfig config) => config?.ResidPdrop ?? 0;

    /// <inheritdoc />
    protected override TConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            NEmbd = shape.HiddenSize,
            NLayer = shape.LayerCount,
            NHead = shape.HeadCount,
            NPositions = shape.MaximumLength,
            EmbdPdrop = 0,
            ResidPdrop = 0,
            AttnPdrop = 0,
        };
    }
}

/// <summary>GPT-2: a decoder pre-trained on the next token.</summary>
public sealed class Gpt2Family : Gpt2TypeFamily<Gpt2Config>
{
    /// <inheritdoc />
    public override string Paper => "Radford et al. 2019, Language Models are Unsupervised Multitask Learners";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("GPT2", causal: "GPT2LMHeadModel");
}
