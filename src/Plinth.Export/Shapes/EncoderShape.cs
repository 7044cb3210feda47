namespace Plinth.Export.Shapes;

/// <summary>The sizes and options of an encoder of BERT's kind (Devlin et al. 2018, arXiv:1810.04805) that an export needs.</summary>
internal sealed record EncoderShape
{
    public required EncoderNames Names { get; init; }

    public required int LayerCount { get; init; }

    public required int HiddenSize { get; init; }

    public required int InnerSize { get; init; }

    public required int HeadCount { get; init; }

    public required int VocabularySize { get; init; }

    public required int PositionCount { get; init; }

    /// <summary>Rows of the table of segments; 0 where there is none.</summary>
    public required int SegmentCount { get; init; }

    public required double Epsilon { get; init; }

    public required string Activation { get; init; }

    /// <summary>RoBERTa counts positions of tokens that are not this one, from this number + 1; null counts places from 0.</summary>
    public int? PaddingToken { get; init; }

    public int HeadSize => HiddenSize / HeadCount;

    /// <summary>Reads config.json and refuses what changes the mathematics.</summary>
    public static EncoderShape Read(ModelFolder folder)
    {
        var names = EncoderNames.Families[folder.ModelType];
        folder.Prefix = names.Prefix;
        var config = folder.Config;
        if (config.Text("position_embedding_type", "absolute") is var positions and not "absolute")
        {
            throw config.Wrong("position_embedding_type", $"is '{positions}'; only 'absolute' can be exported");
        }

        config.Only("is_decoder", false);
        config.Only("add_cross_attention", false);
        config.Only("tie_word_embeddings", true);
        var shape = folder.ModelType == "distilbert" ? Distilled(config, names) : Plain(config, names);
        return shape.HiddenSize % shape.HeadCount == 0
            ? shape
            : throw config.Wrong("hidden_size", $"is {shape.HiddenSize}, which {shape.HeadCount} heads do not divide");
    }

    private static EncoderShape Plain(ConfigReader config, EncoderNames names) => new()
    {
        Names = names,
        LayerCount = config.Size("num_hidden_layers"),
        HiddenSize = config.Size("hidden_size"),
        InnerSize = config.Size("intermediate_size"),
        HeadCount = config.Size("num_attention_heads"),
        VocabularySize = config.Size("vocab_size"),
        PositionCount = config.Size("max_position_embeddings"),
        SegmentCount = config.Size("type_vocab_size", 2),
        Epsilon = config.Number("layer_norm_eps", 1e-12),
        Activation = config.Text("hidden_act", "gelu"),
        PaddingToken = names.Prefix == "roberta." ? (int)Math.Clamp(config.Whole("pad_token_id") ?? 1, 0, int.MaxValue) : null,
    };

    private static EncoderShape Distilled(ConfigReader config, EncoderNames names) => new()
    {
        Names = names,
        LayerCount = config.Size("n_layers"),
        HiddenSize = config.Size("dim"),
        InnerSize = config.Size("hidden_dim"),
        HeadCount = config.Size("n_heads"),
        VocabularySize = config.Size("vocab_size"),
        PositionCount = config.Size("max_position_embeddings"),
        SegmentCount = 0,
        // Fixed in the reference's code.
        Epsilon = 1e-12,
        Activation = config.Text("activation", "gelu"),
    };
}
