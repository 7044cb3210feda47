using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Gpt2;

/// <summary>The decoder of Radford et al. 2019, "Language Models are Unsupervised Multitask Learners".</summary>
public sealed class Gpt2Backbone : Backbone
{
    private readonly TokenTable tokens, positions;
    private readonly TransformerBlocks decoder;
    private readonly Norm finalNorm;
    private readonly Gpt2Config config;

    /// <param name="config">Its sizes.</param>
    public Gpt2Backbone(Gpt2Config config)
        : base(nameof(Gpt2Backbone))
    {
        ArgumentNullException.ThrowIfNull(config);
        this.config = config;
        tokens = new(config.VocabSize, config.NEmbd);
        positions = new(config.NPositions, config.NEmbd);
        decoder = new(new()
        {
            BlockCount = config.NLayer,
            InnerSize = config.NInner ?? 4 * config.NEmbd,
            Activation = config.ActivationFunction,
            NormEpsilon = config.LayerNormEpsilon,
            Dropout = config.ResidPdrop,
            Attention = new()
            {
                HiddenSize = config.NEmbd,
                HeadCount = config.NHead,
                IsFused = true,
                Pattern = AttentionPattern.Causal,
                Scale = config.ScaleAttnWeights ? null : 1,
                IsScaledByDepth = config.ScaleAttnByInverseLayerIdx,
                Dropout = config.AttnPdrop,
            },
        });
        finalNorm = new(NormKind.LayerNorm, config.NEmbd, config.LayerNormEpsilon);
        RegisterComponents();
        Initialization.AllMatrices(this, config.InitializerRange);
        Initialization.ResidualOutputs(decoder.ResidualOutputs, config.InitializerRange);
    }

    /// <inheritdoc />
    public override int HiddenSize => config.NEmbd;

    /// <inheritdoc />
    public override int MaximumLength => config.NPositions;

    /// <inheritdoc />
    public override Tensor TokenEmbedding => tokens.Weight;

    /// <inheritdoc />
    public override EmbeddedSequence Embed(Batch batch, long pastLength = 0)
    {
        var text = TextInputs.Check(batch, pastLength, MaximumLength);
        var seq = text.InputIds.size(1);
        var places = text.PositionIds ?? arange(pastLength, pastLength + seq, ScalarType.Int64, text.InputIds.device).unsqueeze(0);
        var vectors = tokens.forward(text.InputIds) + positions.forward(places);               // [batch, seq, hidden]
        return new(
            training && config.EmbdPdrop > 0 ? nn.functional.dropout(vectors, config.EmbdPdrop, true) : vectors,
            text.AttentionMask,
            text.PositionIds);
    }

    /// <inheritdoc />
    public override Tensor Encode(EmbeddedSequence input, EncodeContext? context = null)
    {
        var result = finalNorm.forward(decoder.Run(input, context));
        context?.ReplaceLast(result);
        return result;
    }
}
