using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Llama;

/// <summary>The decoder of Touvron et al. 2023, arXiv:2302.13971, with the grouped queries of arXiv:2307.09288.</summary>
public sealed class LlamaBackbone : Backbone
{
    private readonly TokenTable tokens;
    private readonly TransformerBlocks decoder;
    private readonly Norm finalNorm;
    private readonly LlamaConfig config;

    /// <param name="config">Its sizes.</param>
    public LlamaBackbone(LlamaConfig config)
        : base(nameof(LlamaBackbone))
    {
        ArgumentNullException.ThrowIfNull(config);
        this.config = config;
        tokens = new(config.VocabSize, config.HiddenSize);
        decoder = new(new()
        {
            BlockCount = config.NumHiddenLayers,
            InnerSize = config.IntermediateSize,
            Activation = config.HiddenAct,
            IsGated = true,
            HasFeedForwardBias = config.MlpBias,
            Norm = NormKind.RootMeanSquare,
            NormEpsilon = config.RmsNormEps,
            Attention = new()
            {
                HiddenSize = config.HiddenSize,
                HeadCount = config.NumAttentionHeads,
                KeyValueHeadCount = config.NumKeyValueHeads,
                HeadSize = config.HeadDim,
                HasBias = config.AttentionBias,
                HasOutputBias = config.AttentionBias,
                Pattern = AttentionPattern.Causal,
                Positions = PositionKind.Rotary,
                RotaryTheta = config.RopeTheta,
                Dropout = config.AttentionDropout,
            },
        });
        finalNorm = new(NormKind.RootMeanSquare, config.HiddenSize, config.RmsNormEps);
        RegisterComponents();
        Initialization.AllMatrices(this, config.InitializerRange);
    }

    /// <inheritdoc />
    public override int HiddenSize => config.HiddenSize;

    /// <inheritdoc />
    public override int MaximumLength => config.MaxPositionEmbeddings;

    /// <inheritdoc />
    public override Tensor TokenEmbedding => tokens.Weight;

    /// <inheritdoc />
    public override EmbeddedSequence Embed(Batch batch, long pastLength = 0)
    {
        var text = TextInputs.Check(batch, pastLength, MaximumLength);
        return new(tokens.forward(text.InputIds), text.AttentionMask, text.PositionIds);
    }

    /// <inheritdoc />
    public override Tensor Encode(EmbeddedSequence input, EncodeContext? context = null)
    {
        var result = finalNorm.forward(decoder.Run(input, context));
        context?.ReplaceLast(result);
        return result;
    }
}
