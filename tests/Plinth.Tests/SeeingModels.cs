using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Models.Vision.Clip;
using Plinth.Models.Vision.Llava;
using Plinth.Models.Vision.Siglip;
using Plinth.Models.Vision.Yolos;
using static TorchSharp.torch;

namespace Plinth.Tests;

/// <summary>Small models of pictures and words, with the same weights each time, for <see cref="TinyPictures"/>.</summary>
internal static class SeeingModels
{
    public static Model For(HeadKind head, Tokenizer tokenizer, IReadOnlyList<string>? labels = null) => Loud(Fresh(head, tokenizer, labels));

    /// <summary>One that is to be trained.</summary>
    public static Model Fresh(HeadKind head, Tokenizer tokenizer, IReadOnlyList<string>? labels = null)
    {
        random.manual_seed(7);
        var shape = new ModelShape(2, 32, 2, tokenizer.VocabularySize + 1, 64) { Image = new(16, 8) };
        if (head == HeadKind.ObjectDetection)
        {
            var family = new YolosFamily();
            return new(family, ((YolosConfig)family.Shape(shape) with { NumDetectionTokens = 5 }).WithLabels(labels!), head);
        }

        // The one id that the tokenizer never makes stands for pictures.
        return head == HeadKind.CausalLanguageModeling
            ? new(new LlavaFamily(), (LlavaConfig)new LlavaFamily().Shape(shape) with { ImageTokenIndex = tokenizer.VocabularySize }, head)
            : Clip(tokenizer, shape);
    }

    public static Model Siglip(Tokenizer tokenizer)
    {
        random.manual_seed(7);
        var family = new SiglipFamily();
        return Loud(new(family, family.Shape(new(2, 32, 2, tokenizer.VocabularySize, 16) { Image = new(16, 8) }), HeadKind.Contrastive));
    }

    private static Model Clip(Tokenizer tokenizer, ModelShape shape)
    {
        var family = new ClipFamily();
        var config = (ClipConfig)family.Shape(shape);
        return new(family, config with { TextConfig = config.TextConfig with { EosTokenId = tokenizer.EncodeIds("it", addSpecial: true)[^1] } }, HeadKind.Contrastive);
    }

    // Fresh weights are so small that all pictures look alike.
    private static Model Loud(Model model)
    {
        using var noGrad = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (parameter.dim() >= 2 && !name.Contains("scale", StringComparison.Ordinal))
            {
                parameter.mul_(6);
            }
        }

        model.eval();
        return model;
    }
}
