using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Heads;

/// <summary>How vectors of parts become one of the whole.</summary>
internal static class ImageSummaries
{
    /// <param name="hidden"><c>[batch, seq, hidden]</c>.</param>
    /// <param name="summary">What stands for the whole.</param>
    /// <returns><c>[batch, summary]</c>.</returns>
    public static Tensor Of(Tensor hidden, ImageSummary summary) => summary switch
    {
        ImageSummary.Mean => hidden.mean([1L]),
        ImageSummary.FirstAndMean => cat([hidden.select(1, 0), hidden.narrow(1, 1, hidden.size(1) - 1).mean([1L])], -1),
        _ => hidden.select(1, 0),
    };
}
