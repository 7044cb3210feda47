using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Norms;
using Plinth.Models.Vision.Heads;
using Plinth.Models.Vision.Stacks;

namespace Plinth.Models.Vision.Vit;

/// <summary>Encoders of the Vision Transformer's build: a class token before the patches, norms before each part, learned positions. What differs is in the config and in the few methods below.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class VitTypeFamily<TConfig> : PatchFamily<TConfig> where TConfig : VitTypeConfig, new()
{
    /// <summary>Width inside the feed-forward networks.</summary>
    protected abstract int InnerSize(TConfig config);

    /// <summary>Whether pictures of other sizes are taken where config.json says nothing.</summary>
    protected virtual bool InterpolatesByDefault => false;

    /// <inheritdoc />
    protected override PatchOptions Patches(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = new NormOptions(Epsilon: config.LayerNormEps);
        return new()
        {
            ImageSize = config.ImageSize,
            PatchSize = config.PatchSize,
            ChannelCount = config.NumChannels,
            InterpolatesPositions = config.InterpolatePosEncoding ?? InterpolatesByDefault,
            EmbeddingDropout = config.HiddenDropoutProb,
            FinalNorm = norm,
            InitializerRange = config.InitializerRange,
            Blocks = new()
            {
                BlockCount = config.NumHiddenLayers,
                Norm = norm,
                Dropout = config.HiddenDropoutProb,
                FeedForward = new() { HiddenSize = config.HiddenSize, InnerSize = InnerSize(config), Activation = config.HiddenAct },
                Attention = new()
                {
                    HiddenSize = config.HiddenSize,
                    HeadCount = config.NumAttentionHeads,
                    HasBias = config.QkvBias,
                    Dropout = config.AttentionProbsDropoutProb,
                },
            },
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
            ImageSize = new(shape.Image.Size),
            PatchSize = shape.Image.PatchSize,
            NumChannels = shape.Image.ChannelCount,
        };
    }

    /// <summary>Weight names of embeddings and blocks, which ViT's kin share below a prefix of their own.</summary>
    /// <param name="prefix">For example <c>vit.</c>.</param>
    protected static IReadOnlyList<KeyRule> BackboneKeys(string prefix) =>
    [
        new("backbone.stack.classToken", prefix + "embeddings.cls_token"),
        new("backbone.stack.maskToken", prefix + "embeddings.mask_token"),
        new("backbone.stack.positions", prefix + "embeddings.position_embeddings"),
        new("backbone.stack.patches.*", prefix + "embeddings.patch_embeddings.projection.*"),
        .. BlockKeys("backbone.stack.blocks.layers.#.", prefix + "encoder.layer.#."),
        new("backbone.stack.finalNorm.*", prefix + "layernorm.*"),
    ];

    /// <summary>Weight names of one block.</summary>
    /// <param name="ours">What stands before our names.</param>
    /// <param name="theirs">What stands before theirs.</param>
    protected static IReadOnlyList<KeyRule> BlockKeys(string ours, string theirs) =>
    [
        new(ours + "attentionNorm.*", theirs + "layernorm_before.*"),
        new(ours + "attention.query.*", theirs + "attention.attention.query.*"),
        new(ours + "attention.key.*", theirs + "attention.attention.key.*"),
        new(ours + "attention.value.*", theirs + "attention.attention.value.*"),
        new(ours + "attention.output.*", theirs + "attention.output.dense.*"),
        new(ours + "feedForwardNorm.*", theirs + "layernorm_after.*"),
        new(ours + "feedForward.up.*", theirs + "intermediate.dense.*"),
        new(ours + "feedForward.down.*", theirs + "output.dense.*"),
    ];
}
