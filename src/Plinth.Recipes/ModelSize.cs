using Plinth.Core;

namespace Plinth.Recipes;

/// <summary>
/// One setting of the size dial. Depth and width are those of the published BERT miniatures
/// (Turc et al. 2019, arXiv:1908.08962); batch and learning rate go with them.
/// </summary>
/// <param name="Name">Name of the setting.</param>
/// <param name="LayerCount">Blocks.</param>
/// <param name="HiddenSize">Width.</param>
/// <param name="BatchTokens">Tokens of one optimizer step in pre-training.</param>
/// <param name="LearningRate">Peak rate in pre-training; smaller models bear larger ones.</param>
/// <param name="TuningRate">Peak rate in fine-tuning all weights.</param>
public sealed record ModelSize(string Name, int LayerCount, int HiddenSize, int BatchTokens, double LearningRate, double TuningRate)
{
    /// <summary>Attention heads: one per 64 of the width, at least two.</summary>
    public int HeadCount => Math.Max(2, HiddenSize / 64);

    /// <summary>All settings, smallest first.</summary>
    public static Catalog<ModelSize> All { get; } = new(
        "size",
        [
            new("tiny", 2, 128, 4_096, 2e-3, 5e-4),
            new("mini", 4, 256, 8_192, 1e-3, 2e-4),
            new("small", 4, 512, 16_384, 7e-4, 1e-4),
            new("medium", 8, 512, 32_768, 5e-4, 7e-5),
            new("base", 12, 768, 65_536, 3e-4, 5e-5),
        ],
        size => size.Name);

    /// <summary>The sizes of a model of this setting.</summary>
    /// <param name="vocabulary">Entries in the vocabulary.</param>
    /// <param name="maximumLength">Longest sequence.</param>
    public ModelShape Shape(int vocabulary, int maximumLength) => new(LayerCount, HiddenSize, HeadCount, vocabulary, maximumLength);
}
