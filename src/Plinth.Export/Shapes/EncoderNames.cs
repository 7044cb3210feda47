using System.Globalization;

namespace Plinth.Export.Shapes;

/// <summary>What a family of encoders calls its weights.</summary>
internal sealed record EncoderNames
{
    private static readonly EncoderNames bert = new()
    {
        Class = "Bert",
        Prefix = "bert.",
        Layers = "encoder.layer.",
        Query = "attention.self.query",
        Key = "attention.self.key",
        Value = "attention.self.value",
        AttentionOutput = "attention.output.dense",
        AttentionNorm = "attention.output.LayerNorm",
        Inner = "intermediate.dense",
        Output = "output.dense",
        OutputNorm = "output.LayerNorm",
        WordsTransform = "cls.predictions.transform.dense",
        WordsNorm = "cls.predictions.transform.LayerNorm",
        WordsBias = "cls.predictions.bias",
    };

    private static readonly EncoderNames roberta = bert with
    {
        Class = "Roberta",
        Prefix = "roberta.",
        WordsTransform = "lm_head.dense",
        WordsNorm = "lm_head.layer_norm",
        WordsBias = "lm_head.bias",
    };

    /// <summary>By <c>model_type</c>.</summary>
    public static IReadOnlyDictionary<string, EncoderNames> Families { get; } = new Dictionary<string, EncoderNames>
    {
        ["bert"] = bert,
        ["roberta"] = roberta,
        ["xlm-roberta"] = roberta with { Class = "XLMRoberta" },
        ["distilbert"] = new()
        {
            Class = "DistilBert",
            Prefix = "distilbert.",
            Layers = "transformer.layer.",
            Query = "attention.q_lin",
            Key = "attention.k_lin",
            Value = "attention.v_lin",
            AttentionOutput = "attention.out_lin",
            AttentionNorm = "sa_layer_norm",
            Inner = "ffn.lin1",
            Output = "ffn.lin2",
            OutputNorm = "output_layer_norm",
            WordsTransform = "vocab_transform",
            WordsNorm = "vocab_layer_norm",
            WordsBias = "vocab_projector.bias",
        },
    };

    /// <summary>How the reference's classes begin.</summary>
    public required string Class { get; init; }

    /// <summary>Prefix of the backbone's weights.</summary>
    public required string Prefix { get; init; }

    /// <summary>Prefix of the layers within the backbone.</summary>
    public required string Layers { get; init; }

    public required string Query { get; init; }

    public required string Key { get; init; }

    public required string Value { get; init; }

    public required string AttentionOutput { get; init; }

    public required string AttentionNorm { get; init; }

    public required string Inner { get; init; }

    public required string Output { get; init; }

    public required string OutputNorm { get; init; }

    /// <summary>The map of the word head.</summary>
    public required string WordsTransform { get; init; }

    public required string WordsNorm { get; init; }

    public required string WordsBias { get; init; }

    /// <summary>Prefix of a layer's weights.</summary>
    public string Layer(int layer) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Layers}{layer}.");
}
