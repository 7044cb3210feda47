using Plinth.Core;

namespace Plinth.Models.Vision.Heads;

/// <summary>The heads of architectures whose picture is the mean of its positions.</summary>
internal static class ImageHeads
{
    /// <summary>The head of a kind, or null where there is none.</summary>
    public static ModelHead? OfMean(HeadKind kind, ImageHeadOptions options)
    {
        options = options with { Summary = ImageSummary.Mean, VectorSummary = ImageSummary.Mean };
        return kind switch
        {
            HeadKind.Pooled => new ImageVectorHead(options),
            HeadKind.ImageClassification => new ImageClassifierHead(options),
            _ => null,
        };
    }
}
