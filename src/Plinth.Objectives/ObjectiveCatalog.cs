using Plinth.Core;

namespace Plinth.Objectives;

/// <summary>The shelf of self-supervised objectives: one entry each.</summary>
public static class ObjectiveCatalog
{
    /// <summary>All objectives by name.</summary>
    public static Catalog<ObjectiveEntry> Objectives { get; } = new(
        "objective",
        [
            new("causal_lm", "Predicts each next token.", HeadKind.CausalLanguageModeling, null,
                (model, _, _) => new CausalLanguageModeling(model)),
            new("masked_lm", "Predicts hidden tokens from both sides.", HeadKind.MaskedLanguageModeling, typeof(MaskingOptions),
                (model, roles, options) => new MaskedLanguageModeling(model, roles, (MaskingOptions?)options)),
            new("masked_crops", "Predicts hidden tokens in two crops of each text, and finds the crops that belong together.", HeadKind.MaskedLanguageModeling, typeof(CroppingOptions),
                (model, roles, options) => new MaskedCrops(model, roles, (CroppingOptions?)options)) { ComparesTexts = true },
            new("bert_pretraining", "Predicts hidden tokens, and whether the second text follows the first.", HeadKind.Pretraining, typeof(MaskingOptions),
                (model, roles, options) => new BertPretraining(model, roles, (MaskingOptions?)options)) { NeedsPairs = true },
        ],
        entry => entry.Name);
}
