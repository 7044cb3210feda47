namespace Plinth.Export.Shapes;

/// <summary>The sizes and options of a BERT (Devlin et al. 2018, arXiv:1810.04805) that an export needs.</summary>
internal sealed record BertShape
{
    /// <summary>The reference's prefix of the backbone's weights.</summary>
    public const string Prefix = "bert.";

    public required int LayerCount { get; init; }

    public required int HiddenSize { get; init; }

    public required int InnerSize { get; init; }

    public required int HeadCount { get; init; }

    public required int VocabularySize { get; init; }

    public required int PositionCount { get; init; }

    public required int SegmentCount { get; init; }

    public required double Epsilon { get; init; }

    public required string Activation { get; init; }

    public int HeadSize => HiddenSize / HeadCount;

    /// <summary>Reads config.json and refuses what changes the mathematics.</summary>
    public static BertShape Read(ModelFolder folder)
    {
        folder.Prefix = Prefix;
        var config = folder.Config;
        if (config.Text("position_embedding_type", "absolute") is var positions and not "absolute")
        {
            throw config.Wrong("position_embedding_type", $"is '{positions}'; only 'absolute' can be exported");
        }

        config.Only("is_decoder", false);
        config.Only("add_cross_attention", false);
        var shape = new BertShape
        {
            LayerCount = config.Size("num_hidden_layers"),
            HiddenSize = config.Size("hidden_size"),
            InnerSize = config.Size("intermediate_size"),
            HeadCount = config.Size("num_attention_heads"),
            VocabularySize = config.Size("vocab_size"),
            PositionCount = config.Size("max_position_embeddings"),
            SegmentCount = config.Size("type_vocab_size", 2),
            Epsilon = config.Number("layer_norm_eps", 1e-12),
            Activation = config.Text("hidden_act", "gelu"),
        };
        return shape.HiddenSize % shape.HeadCount == 0
            ? shape
            : throw config.Wrong("hidden_size", $"is {shape.HiddenSize}, which {shape.HeadCount} heads do not divide");
    }
}
