using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Bert;

/// <summary>The bidirectional encoder of Devlin et al. 2018, arXiv:1810.04805.</summary>
public sealed class BertBackbone : Backbone
{
    private readonly TokenTable tokens, positions, segments;
    private readonly Norm embeddingNorm;
    private readonly TransformerBlocks encoder;
    private readonly BertConfig config;

    /// <param name="config">Its sizes.</param>
    public BertBackbone(BertConfig config)
        : base(nameof(BertBackbone))
    {
        ArgumentNullException.ThrowIfNull(config);
        this.config = config;
        tokens = new(config.VocabSize, config.HiddenSize);
        positions = new(config.MaxPositionEmbeddings, config.HiddenSize);
        segments = new(config.TypeVocabSize, config.HiddenSize);
        embeddingNorm = new(NormKind.LayerNorm, config.HiddenSize, config.LayerNormEps);
        encoder = new(new()
        {
            BlockCount = config.NumHiddenLayers,
            InnerSize = config.IntermediateSize,
            Activation = config.HiddenAct,
            Placement = NormPlacement.After,
            NormEpsilon = config.LayerNormEps,
            Dropout = config.HiddenDropoutProb,
            Attention = new()
            {
                HiddenSize = config.HiddenSize,
                HeadCount = config.NumAttentionHeads,
                Dropout = config.AttentionProbsDropoutProb,
            },
        });
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
        var seq = text.InputIds.size(1);
        var sum = tokens.forward(text.InputIds)                                                   // [batch, seq, hidden]
            + positions.forward(text.PositionIds ?? arange(seq, ScalarType.Int64, text.InputIds.device).unsqueeze(0))
            + segments.forward(text.TokenTypeIds ?? zeros_like(text.InputIds));
        var vectors = embeddingNorm.forward(sum);
        return new(
            training && config.HiddenDropoutProb > 0 ? nn.functional.dropout(vectors, config.HiddenDropoutProb, true) : vectors,
            text.AttentionMask,
            text.PositionIds);
    }

    /// <inheritdoc />
    public override Tensor Encode(EmbeddedSequence input, EncodeContext? context = null) => encoder.Run(input, context);
}
