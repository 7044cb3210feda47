namespace Plinth.Export.Shapes;

/// <summary>The sizes and options of a GPT-2 that an export needs.</summary>
internal sealed record Gpt2Shape
{
    /// <summary>The reference's prefix of the backbone's weights.</summary>
    public const string Prefix = "transformer.";

    public required int LayerCount { get; init; }

    public required int HiddenSize { get; init; }

    public required int InnerSize { get; init; }

    public required int HeadCount { get; init; }

    public required int VocabularySize { get; init; }

    public required int PositionCount { get; init; }

    public required double Epsilon { get; init; }

    public required string Activation { get; init; }

    /// <summary>Whether scores are divided by √head.</summary>
    public required bool ScalesScores { get; init; }

    /// <summary>Whether scores are divided by the layer's number from 1 as well.</summary>
    public required bool ScalesByLayer { get; init; }

    /// <summary>Whether the embedding's table is the output's matrix too.</summary>
    public required bool IsTied { get; init; }

    public int HeadSize => HiddenSize / HeadCount;

    /// <summary>Reads config.json and refuses what changes the mathematics.</summary>
    public static Gpt2Shape Read(ModelFolder folder)
    {
        folder.Prefix = Prefix;
        var config = folder.Config;
        if (folder.Architecture != "GPT2LMHeadModel")
        {
            throw config.Wrong("architectures", $"names {folder.Architecture}; of GPT-2 only GPT2LMHeadModel can be exported");
        }

        config.Only("add_cross_attention", false);
        var hidden = config.Size("n_embd");
        var shape = new Gpt2Shape
        {
            LayerCount = config.Size("n_layer"),
            HiddenSize = hidden,
            InnerSize = config.Size("n_inner", checked(4 * hidden)),
            HeadCount = config.Size("n_head"),
            VocabularySize = config.Size("vocab_size"),
            PositionCount = config.Size("n_positions"),
            Epsilon = config.Number("layer_norm_epsilon", 1e-5),
            Activation = config.Text("activation_function", "gelu_new"),
            ScalesScores = config.Flag("scale_attn_weights", true),
            ScalesByLayer = config.Flag("scale_attn_by_inverse_layer_idx", false),
            IsTied = config.Flag("tie_word_embeddings", true),
        };
        return shape.HiddenSize % shape.HeadCount == 0
            ? shape
            : throw config.Wrong("n_embd", $"is {shape.HiddenSize}, which {shape.HeadCount} heads do not divide");
    }
}
