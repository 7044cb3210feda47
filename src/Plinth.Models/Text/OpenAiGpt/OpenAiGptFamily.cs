using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.OpenAiGpt;

/// <summary>The fields of a GPT-1 config.json.</summary>
public sealed record OpenAiGptConfig : ModelConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "openai-gpt";

    /// <summary>Width of the features.</summary>
    public int NEmbd { get; init; } = 768;

    /// <summary>Blocks.</summary>
    public int NLayer { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    public int NHead { get; init; } = 12;

    /// <summary>Longest sequence.</summary>
    public int NPositions { get; init; } = 512;

    /// <summary>Name of the non-linearity; the reference's <c>gelu</c> is the one by tanh.</summary>
    public string Afn { get; init; } = "gelu";

    /// <summary>Dropout of the embeddings.</summary>
    public double EmbdPdrop { get; init; } = 0.1;

    /// <summary>Dropout of block outputs.</summary>
    public double ResidPdrop { get; init; } = 0.1;

    /// <summary>Dropout of attention weights.</summary>
    public double AttnPdrop { get; init; } = 0.1;

    /// <summary>Added to the variance.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;
}

/// <summary>GPT-1: the first of its line, with norms after each sum.</summary>
public sealed class OpenAiGptFamily : DecoderFamily<OpenAiGptConfig>
{
    /// <inheritdoc />
    public override string Paper => "Radford et al. 2018, Improving Language Understanding by Generative Pre-Training";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = new Dictionary<HeadKind, string>
    {
        [HeadKind.None] = "OpenAIGPTModel",
        [HeadKind.CausalLanguageModeling] = "OpenAIGPTLMHeadModel",
        [HeadKind.SequenceClassification] = "OpenAIGPTForSequenceClassification",
    };

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "transformer.tokens_embed.*"),
            new("backbone.stack.positions.*", "transformer.positions_embed.*"),
            .. BlockNames.OpenAi,
            new("head.score.*", "score.*"),
        ],
        prefix: "transformer.",
        ignored: ["transformer.position_ids", "position_ids", "transformer.h.#.attn.bias", "h.#.attn.bias", "lm_head.weight"]);

    /// <inheritdoc />
    protected override StackOptions Stack(OpenAiGptConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new()
        {
            MaximumLength = config.NPositions,
            PositionRows = config.NPositions,
            EmbeddingDropout = config.EmbdPdrop,
            InitializerRange = config.InitializerRange,
            Blocks = new()
            {
                BlockCount = config.NLayer,
                Norm = new(Epsilon: config.LayerNormEpsilon),
                Placement = NormPlacement.After,
                Dropout = config.ResidPdrop,
                FeedForward = new() { HiddenSize = config.NEmbd, InnerSize = 4 * config.NEmbd, Activation = config.Afn == "gelu" ? "gelu_new" : config.Afn },
                Attention = new()
                {
                    HiddenSize = config.NEmbd,
                    HeadCount = config.NHead,
                    Layout = ProjectionLayout.Stacked,
                    Pattern = AttentionPattern.Causal,
                    Dropout = config.AttnPdrop,
                },
            },
        };
    }

    /// <inheritdoc />
    protected override OpenAiGptConfig ShapeOf(ModelShape shape)
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
