using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models.Vision.Heads;
using Plinth.Models.Vision.Stacks;
using Plinth.Models.Vision.Vit;

namespace Plinth.Models.Vision.VitMae;

/// <summary>ViT's masked autoencoder: the encoder sees a quarter of the patches, a small decoder draws the others.</summary>
public sealed class VitMaeFamily : VitTypeFamily<VitMaeConfig>
{
    /// <inheritdoc />
    public override string Paper => "He et al. 2021, arXiv:2111.06377";

    /// <inheritdoc />
    public override string TaskModelType => "vit";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = new Dictionary<HeadKind, string>
    {
        [HeadKind.None] = "ViTMAEModel",
        [HeadKind.MaskedImageModeling] = "ViTMAEForPreTraining",
    };

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            .. BackboneKeys("vit."),
            new("head.embedding.*", "decoder.decoder_embed.*"),
            new("head.maskToken", "decoder.mask_token"),
            new("head.positions", "decoder.decoder_pos_embed"),
            .. BlockKeys("head.blocks.layers.#.", "decoder.decoder_layers.#."),
            new("head.norm.*", "decoder.decoder_norm.*"),
            new("head.pixels.*", "decoder.decoder_pred.*"),
        ],
        prefix: "vit.");

    /// <inheritdoc />
    protected override void Check(VitMaeConfig config, ConfigRules rules)
    {
        rules.Require(config.MaskRatio is >= 0 and < 1, "mask_ratio", config.MaskRatio, "a share from 0 to below 1");
        // The positions are sines and cosines of two directions.
        rules.Require(config.HiddenSize % 4 == 0, "hidden_size", config.HiddenSize, "a multiple of 4");
        rules.Require(config.DecoderHiddenSize % 4 == 0, "decoder_hidden_size", config.DecoderHiddenSize, "a multiple of 4");
    }

    /// <inheritdoc />
    protected override int InnerSize(VitMaeConfig config) => config.IntermediateSize;

    /// <inheritdoc />
    protected override PatchOptions Patches(VitMaeConfig config) => base.Patches(config) with { HasFixedPositions = true };

    /// <inheritdoc />
    protected override ModelHead? Head(HeadKind kind, VitMaeConfig config)
    {
        if (kind != HeadKind.MaskedImageModeling)
        {
            return null;
        }

        var encoder = Patches(config);
        return new PixelDecoderHead(new()
        {
            InputSize = config.HiddenSize,
            RowCount = encoder.RowCount,
            ColumnCount = encoder.ColumnCount,
            PatchSize = config.PatchSize,
            ChannelCount = config.NumChannels,
            HiddenShare = config.MaskRatio,
            NormalizesPixels = config.NormPixLoss,
            InitializerRange = config.InitializerRange,
            Blocks = encoder.Blocks with
            {
                BlockCount = config.DecoderNumHiddenLayers,
                Attention = encoder.Blocks.Attention with { HiddenSize = config.DecoderHiddenSize, HeadCount = config.DecoderNumAttentionHeads },
                FeedForward = encoder.Blocks.FeedForward with { HiddenSize = config.DecoderHiddenSize, InnerSize = config.DecoderIntermediateSize },
            },
        });
    }

    /// <inheritdoc />
    protected override VitMaeConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return base.ShapeOf(shape) with
        {
            IntermediateSize = 4 * shape.HiddenSize,
            DecoderHiddenSize = shape.HiddenSize,
            DecoderNumHiddenLayers = 1,
            DecoderNumAttentionHeads = shape.HeadCount,
            DecoderIntermediateSize = 4 * shape.HiddenSize,
        };
    }
}
