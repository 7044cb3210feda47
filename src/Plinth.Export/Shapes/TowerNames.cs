using System.Globalization;

namespace Plinth.Export.Shapes;

/// <summary>What families of blocks with norms before their parts call the weights of a block.</summary>
internal sealed record TowerNames
{
    /// <summary>Prefix of the layers, the backbone's included.</summary>
    public required string Layers { get; init; }

    public required string AttentionNorm { get; init; }

    public required string Query { get; init; }

    public required string Key { get; init; }

    public required string Value { get; init; }

    public required string AttentionOutput { get; init; }

    public required string InnerNorm { get; init; }

    public required string Inner { get; init; }

    public required string Output { get; init; }

    /// <summary>Learned factors on what attention adds (Touvron et al. 2021, arXiv:2103.17239), or null for none.</summary>
    public string? AttentionScale { get; init; }

    /// <summary>Learned factors on what the feed-forward network adds, or null for none.</summary>
    public string? OutputScale { get; init; }

    public static TowerNames Vit { get; } = new()
    {
        Layers = "vit.encoder.layer.",
        AttentionNorm = "layernorm_before",
        Query = "attention.attention.query",
        Key = "attention.attention.key",
        Value = "attention.attention.value",
        AttentionOutput = "attention.output.dense",
        InnerNorm = "layernorm_after",
        Inner = "intermediate.dense",
        Output = "output.dense",
    };

    public static TowerNames Dinov2 { get; } = Vit with
    {
        Layers = "dinov2.encoder.layer.",
        AttentionNorm = "norm1",
        InnerNorm = "norm2",
        Inner = "mlp.fc1",
        Output = "mlp.fc2",
        AttentionScale = "layer_scale1.lambda1",
        OutputScale = "layer_scale2.lambda1",
    };

    public static TowerNames ClipVision { get; } = new()
    {
        Layers = "vision_model.encoder.layers.",
        AttentionNorm = "layer_norm1",
        Query = "self_attn.q_proj",
        Key = "self_attn.k_proj",
        Value = "self_attn.v_proj",
        AttentionOutput = "self_attn.out_proj",
        InnerNorm = "layer_norm2",
        Inner = "mlp.fc1",
        Output = "mlp.fc2",
    };

    public static TowerNames ClipText { get; } = ClipVision with { Layers = "text_model.encoder.layers." };

    /// <summary>Prefix of a layer's weights.</summary>
    public string Layer(int layer) => string.Create(CultureInfo.InvariantCulture, $"{Layers}{layer}.");
}
