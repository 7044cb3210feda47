using Plinth.Core;

namespace Plinth.Models;

/// <summary>The reference's class names, which are a stem and an ending.</summary>
internal static class HeadNames
{
    private static readonly Dictionary<HeadKind, string> endings = new()
    {
        [HeadKind.None] = "Model",
        [HeadKind.Pooled] = "Model",
        [HeadKind.MaskedLanguageModeling] = "ForMaskedLM",
        [HeadKind.CausalLanguageModeling] = "ForCausalLM",
        [HeadKind.Pretraining] = "ForPreTraining",
        [HeadKind.ReplacedTokenDetection] = "ForPreTraining",
        [HeadKind.SequenceToSequence] = "ForConditionalGeneration",
        [HeadKind.SequenceClassification] = "ForSequenceClassification",
        [HeadKind.TokenClassification] = "ForTokenClassification",
        [HeadKind.QuestionAnswering] = "ForQuestionAnswering",
        [HeadKind.MultipleChoice] = "ForMultipleChoice",
        [HeadKind.ImageClassification] = "ForImageClassification",
        [HeadKind.MaskedImageModeling] = "ForMaskedImageModeling",
        [HeadKind.ObjectDetection] = "ForObjectDetection",
        [HeadKind.Contrastive] = "Model",
    };

    /// <summary>Names with the usual endings.</summary>
    public static IReadOnlyDictionary<HeadKind, string> Of(string stem, params HeadKind[] kinds) => kinds.ToDictionary(kind => kind, kind => stem + endings[kind]);

    /// <summary>What most decoders have.</summary>
    public static IReadOnlyDictionary<HeadKind, string> Decoder(string stem, string? causal = null) => new Dictionary<HeadKind, string>
    {
        [HeadKind.None] = stem + "Model",
        [HeadKind.CausalLanguageModeling] = causal ?? stem + "ForCausalLM",
        [HeadKind.SequenceClassification] = stem + "ForSequenceClassification",
        [HeadKind.TokenClassification] = stem + "ForTokenClassification",
    };

    /// <summary>What most encoders have.</summary>
    /// <param name="stem">For example <c>Bert</c>.</param>
    /// <param name="bare">The bare backbone: <see cref="HeadKind.Pooled"/> where the reference adds a pooler, else <see cref="HeadKind.None"/>.</param>
    /// <param name="more">Further kinds.</param>
    public static IReadOnlyDictionary<HeadKind, string> Encoder(string stem, HeadKind bare, params HeadKind[] more) => Of(
        stem,
        [bare, HeadKind.MaskedLanguageModeling, HeadKind.SequenceClassification, HeadKind.TokenClassification, HeadKind.QuestionAnswering, HeadKind.MultipleChoice, .. more]);
}
