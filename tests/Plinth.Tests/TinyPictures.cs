using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Tests;

/// <summary>Pictures of 20 × 24 pixels that differ, and the processor of <see cref="TinyModels"/> that see.</summary>
internal static class TinyPictures
{
    public static ImageProcessor Processor { get; } = new(new() { ImageProcessorType = "ViTImageProcessor", Size = new ExactSize(16, 16), ImageMean = ChannelValues.All(0.5), ImageStd = ChannelValues.All(0.5) });

    public static ImageSample Of(int number) => new(ImageSource.Of(Image(number), $"picture {number}"));

    public static RgbImage Image(int number)
    {
        var bytes = new byte[20 * 24 * 3];
        new Random(number).NextBytes(bytes);
        return new(20, 24, bytes);
    }
}
