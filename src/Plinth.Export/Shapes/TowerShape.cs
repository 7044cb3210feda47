namespace Plinth.Export.Shapes;

/// <summary>The sizes of transformer blocks with a norm before each part, which ViT, DINOv2 and both halves of CLIP share.</summary>
internal sealed record TowerShape
{
    public required TowerNames Names { get; init; }

    public required int LayerCount { get; init; }

    public required int HiddenSize { get; init; }

    public required int InnerSize { get; init; }

    public required int HeadCount { get; init; }

    public required double Epsilon { get; init; }

    public required string Activation { get; init; }

    /// <summary>Whether the maps to queries, keys and values add a vector.</summary>
    public bool HasInputBias { get; init; } = true;

    public int HeadSize => HiddenSize / HeadCount;

    /// <summary>Reads the fields of ViT's build.</summary>
    public static TowerShape Vit(ConfigReader config)
    {
        var hidden = config.Size("hidden_size", 768);
        var isVit = config.Text("model_type") == "vit";
        if (!isVit)
        {
            config.Only("use_swiglu_ffn", false);
        }

        return Checked(config, new()
        {
            Names = isVit ? TowerNames.Vit : TowerNames.Dinov2,
            LayerCount = config.Size("num_hidden_layers", 12),
            HiddenSize = hidden,
            InnerSize = isVit ? config.Size("intermediate_size", 3072) : Multiple(config, hidden),
            HeadCount = config.Size("num_attention_heads", 12),
            Epsilon = config.Number("layer_norm_eps", isVit ? 1e-12 : 1e-6),
            Activation = config.Text("hidden_act", "gelu"),
            HasInputBias = config.Flag("qkv_bias", true),
        });
    }

    /// <summary>Reads the fields of one half of CLIP; absent ones are those of its first release.</summary>
    public static TowerShape Clip(ConfigReader config, bool sees) => Checked(config, new()
    {
        Names = sees ? TowerNames.ClipVision : TowerNames.ClipText,
        LayerCount = config.Size("num_hidden_layers", 12),
        HiddenSize = config.Size("hidden_size", sees ? 768 : 512),
        InnerSize = config.Size("intermediate_size", sees ? 3072 : 2048),
        HeadCount = config.Size("num_attention_heads", sees ? 12 : 8),
        Epsilon = config.Number("layer_norm_eps", 1e-5),
        Activation = config.Text("hidden_act", "quick_gelu"),
    });

    private static int Multiple(ConfigReader config, int hidden) => config.Number("mlp_ratio", 4) is var ratio and > 0 and <= 64
        ? (int)(hidden * ratio)
        : throw config.Wrong("mlp_ratio", "is no factor above 0 and at most 64");

    private static TowerShape Checked(ConfigReader config, TowerShape shape) => shape.HiddenSize % shape.HeadCount == 0
        ? shape
        : throw config.Wrong("hidden_size", $"is {shape.HiddenSize}, which {shape.HeadCount} heads do not divide");
}
