using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Models.Text;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;
using Plinth.Models.Vision.Heads;
using Plinth.Models.Vision.Stacks;

namespace Plinth.Models.Vision.Clip;

/// <summary>The parts of CLIP's kin that read.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class ClipTextTypeFamily<TConfig> : TextFamily<TConfig> where TConfig : ClipTextTypeConfig, new()
{
    /// <inheritdoc />
    public sealed override bool IsCausal => false;

    /// <inheritdoc />
    public sealed override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "text_model.embeddings.token_embedding.*"),
            new("backbone.stack.positions.*", "text_model.embeddings.position_embedding.*"),
            .. BlockNames.Clip("text_model.encoder.layers.#."),
            new("backbone.stack.finalNorm.*", "text_model.final_layer_norm.*"),
            new("head.vector.*", "text_model.head.*"),
        ],
        prefix: "",
        ignored: ["text_model.embeddings.position_ids"]);

    /// <summary>Which positions a token sees.</summary>
    protected abstract AttentionPattern Pattern { get; }

    /// <summary>What stands for a text.</summary>
    protected abstract TextVectorOptions Vector(TConfig config);

    /// <inheritdoc />
    protected sealed override StackOptions Stack(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new()
        {
            MaximumLength = config.MaxPositionEmbeddings,
            PositionRows = config.MaxPositionEmbeddings,
            FinalNorm = config.Norm(),
            TracesLastBlock = true,
            InitializerRange = config.InitializerRange,
            Blocks = config.Blocks(Pattern),
        };
    }

    /// <inheritdoc />
    protected sealed override bool IsTied(TConfig config) => true;

    /// <inheritdoc />
    protected sealed override ModelHead? Head(HeadKind kind, TConfig config) => kind == HeadKind.Pooled ? new TextVectorHead(Vector(config)) : null;

    /// <inheritdoc />
    protected override TConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            HiddenSize = shape.HiddenSize,
            NumHiddenLayers = shape.LayerCount,
            NumAttentionHeads = shape.HeadCount,
            IntermediateSize = 4 * shape.HiddenSize,
            MaxPositionEmbeddings = shape.MaximumLength,
            BosTokenId = shape.VocabularySize - 2,
            EosTokenId = shape.EndTokenId ?? shape.VocabularySize - 1,
        };
    }
}

/// <summary>The parts of CLIP's kin that see.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class ClipVisionTypeFamily<TConfig> : PatchFamily<TConfig> where TConfig : ClipVisionTypeConfig, new()
{
    /// <summary>Names that the members share, below <c>vision_model.</c>.</summary>
    protected static IReadOnlyList<KeyRule> SharedKeys { get; } =
    [
        new("backbone.stack.patches.*", "vision_model.embeddings.patch_embedding.*"),
        new("backbone.stack.positions", "vision_model.embeddings.position_embedding.weight"),
        .. BlockNames.Clip("vision_model.encoder.layers.#."),
    ];

    /// <inheritdoc />
    protected override PatchOptions Patches(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new()
        {
            ImageSize = config.ImageSize,
            PatchSize = config.PatchSize,
            ChannelCount = config.NumChannels,
            InterpolatesPositions = config.InterpolatePosEncoding ?? false,
            HasPlainTables = true,
            InitializerRange = config.InitializerRange,
            Blocks = config.Blocks(),
        };
    }

    /// <inheritdoc />
    protected override ImageHeadOptions Heads(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new() { HiddenSize = config.HiddenSize, LabelCount = config.LabelCount };
    }

    /// <inheritdoc />
    protected override TConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            HiddenSize = shape.HiddenSize,
            NumHiddenLayers = shape.LayerCount,
            NumAttentionHeads = shape.HeadCount,
            IntermediateSize = 4 * shape.HiddenSize,
            ImageSize = new(shape.Image.Size),
            PatchSize = shape.Image.PatchSize,
            NumChannels = shape.Image.ChannelCount,
        };
    }
}
