using Plinth.Core;
using Plinth.Objectives.Vision;

namespace Plinth.Objectives;

/// <summary>The shelf of self-supervised objectives: one entry each.</summary>
public static class ObjectiveCatalog
{
    /// <summary>All objectives by name.</summary>
    public static Catalog<ObjectiveEntry> Objectives { get; } = new(
        "objective",
        [
            new("causal_lm", "Predicts each next token.", HeadKind.CausalLanguageModeling, typeof(CausalLanguageModelingOptions),
                (model, _, options) => new CausalLanguageModeling(model, options: (CausalLanguageModelingOptions?)options)),
            new("masked_lm", "Predicts hidden tokens from both sides.", HeadKind.MaskedLanguageModeling, typeof(MaskingOptions),
                (model, roles, options) => new MaskedLanguageModeling(model, roles, (MaskingOptions?)options)),
            new("masked_crops", "Predicts hidden tokens in two crops of each text, and finds the crops that belong together.", HeadKind.MaskedLanguageModeling, typeof(CroppingOptions),
                (model, roles, options) => new MaskedCrops(model, roles, (CroppingOptions?)options)) { ComparesSamples = true },
            new("bert_pretraining", "Predicts hidden tokens, and whether the second text follows the first.", HeadKind.Pretraining, typeof(MaskingOptions),
                (model, roles, options) => new BertPretraining(model, roles, (MaskingOptions?)options)) { NeedsPairs = true },
            new("masked_autoencoding", "Draws hidden patches of pictures.", HeadKind.MaskedImageModeling, null,
                (model, _, _) => new MaskedAutoencoding(model)) { Input = Modality.Image },
            new("self_distillation", "Says of crops of a picture what a slowly following teacher says of its other views.", HeadKind.None, typeof(SelfDistillationViews),
                (model, _, options) => new SelfDistillationModeling(model, (SelfDistillationViews?)options))
            {
                Input = Modality.Image, ViewCount = options => ((SelfDistillationViews?)options ?? new()).CropCount,
            },
            new("image_text_contrastive", "Brings pictures and their captions together.", HeadKind.Contrastive, typeof(ImageTextContrastiveOptions),
                (model, _, options) => new ImageTextContrastive(model, (ImageTextContrastiveOptions?)options)) { Input = Modality.Text | Modality.Image, ComparesSamples = true },
        ],
        entry => entry.Name);
}
