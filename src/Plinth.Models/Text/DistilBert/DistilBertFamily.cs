using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.DistilBert;

/// <summary>The fields of a DistilBERT config.json.</summary>
public sealed record DistilBertConfig : ModelConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "distilbert";

    /// <summary>Width of the features.</summary>
    public int Dim { get; init; } = 768;

    /// <summary>Blocks.</summary>
    public int NLayers { get; init; } = 6;

    /// <summary>Attention heads.</summary>
    public int NHeads { get; init; } = 12;

    /// <summary>Width inside the feed-forward network.</summary>
    public int HiddenDim { get; init; } = 3072;

    /// <summary>Name of the non-linearity.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>Dropout of embeddings and block outputs.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>Dropout before a sequence classifier.</summary>
    public double SeqClassifDropout { get; init; } = 0.2;

    /// <summary>Longest sequence.</summary>
    public int MaxPositionEmbeddings { get; init; } = 512;

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;
}

/// <summary>DistilBERT: half of BERT's blocks, taught by the whole.</summary>
public sealed class DistilBertFamily : EncoderFamily<DistilBertConfig>
{
    private const string Layer = "distilbert.transformer.layer.#.";
    private const double Epsilon = 1e-12;

    /// <inheritdoc />
    public override string Paper => "Sanh et al. 2019, arXiv:1910.01108";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Encoder("DistilBert", HeadKind.None);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "distilbert.embeddings.word_embeddings.*"),
            new("backbone.stack.positions.*", "distilbert.embeddings.position_embeddings.*"),
            new("backbone.stack.embeddingNorm.*", "distilbert.embeddings.LayerNorm.*"),
            new("backbone.stack.blocks.layers.#.attention.query.*", Layer + "attention.q_lin.*"),
            new("backbone.stack.blocks.layers.#.attention.key.*", Layer + "attention.k_lin.*"),
            new("backbone.stack.blocks.layers.#.attention.value.*", Layer + "attention.v_lin.*"),
            new("backbone.stack.blocks.layers.#.attention.output.*", Layer + "attention.out_lin.*"),
            new("backbone.stack.blocks.layers.#.attentionNorm.*", Layer + "sa_layer_norm.*"),
            new("backbone.stack.blocks.layers.#.feedForward.up.*", Layer + "ffn.lin1.*"),
            new("backbone.stack.blocks.layers.#.feedForward.down.*", Layer + "ffn.lin2.*"),
            new("backbone.stack.blocks.layers.#.feedForwardNorm.*", Layer + "output_layer_norm.*"),
            new("head.transform.dense.*", "vocab_transform.*"),
            new("head.transform.norm.*", "vocab_layer_norm.*"),
            new("head.outputBias", "vocab_projector.bias"),
            new("head.summary.vector.dense.*", "pre_classifier.*"),
            new("head.classifier.*", "classifier.*"),
            new("head.tagger.*", "classifier.*"),
            new("head.span.*", "qa_outputs.*"),
        ],
        prefix: "distilbert.",
        ignored: ["vocab_projector.weight"]);

    /// <inheritdoc />
    protected override StackOptions Stack(DistilBertConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = new NormOptions(Epsilon: Epsilon);
        return new()
        {
            MaximumLength = config.MaxPositionEmbeddings,
            PositionRows = config.MaxPositionEmbeddings,
            EmbeddingNorm = norm,
            EmbeddingDropout = config.Dropout,
            InitializerRange = config.InitializerRange,
            Blocks = new()
            {
                BlockCount = config.NLayers,
                Norm = norm,
                Placement = NormPlacement.After,
                Dropout = config.Dropout,
                FeedForward = new() { HiddenSize = config.Dim, InnerSize = config.HiddenDim, Activation = config.Activation },
                Attention = new() { HiddenSize = config.Dim, HeadCount = config.NHeads, Dropout = config.AttentionDropout },
            },
        };
    }

    /// <inheritdoc />
    protected override EncoderHeadOptions Heads(DistilBertConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new()
        {
            HiddenSize = config.Dim,
            VocabularySize = config.VocabSize,
            LabelCount = config.LabelCount,
            Norm = new(Epsilon: Epsilon),
            Activation = config.Activation,
            SummaryActivation = "relu",
            Dropout = config.SeqClassifDropout,
        };
    }

    /// <inheritdoc />
    protected override DistilBertConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            Dim = shape.HiddenSize,
            NLayers = shape.LayerCount,
            NHeads = shape.HeadCount,
            HiddenDim = 4 * shape.HiddenSize,
            MaxPositionEmbeddings = shape.MaximumLength,
            Dropout = 0,
            AttentionDropout = 0,
            SeqClassifDropout = 0,
            PadTokenId = 0,
        };
    }
}
