using Plinth.Core;

namespace Plinth.Models.Presets;

/// <summary>A published system as a config.</summary>
/// <param name="Name">Its name here, for example <c>gpt2-medium</c>.</param>
/// <param name="Config">Its sizes.</param>
/// <param name="Stated">The parameter count that its authors state, in their rounding.</param>
/// <param name="Source">Where the sizes were published, and what of them is not certain.</param>
public sealed record ModelPreset(string Name, ModelConfig Config, string Stated, string Source)
{
    /// <summary>The architecture.</summary>
    public ModelFamily Family => ModelCatalog.Families[Config.ModelType];

    /// <summary>What stands on the backbone as published: a classifier of pictures, logits of the next token, or the encoder's pooler.</summary>
    public HeadKind Head => Usual.FirstOrDefault(Family.Architectures.ContainsKey);

    private IEnumerable<HeadKind> Usual =>
    [
        .. HasLabels ? (HeadKind[])[HeadKind.ImageClassification] : [],
        HeadKind.CausalLanguageModeling,
        HeadKind.SequenceToSequence,
        HeadKind.Contrastive,
        HeadKind.Pooled,
    ];

    private bool HasLabels => Config.IdToLabel is not null;
}
