using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>A picture within an array of pictures, as idx and npz files have them.</summary>
/// <param name="values">The values of all pictures; <c>[image, height, width]</c> or <c>[image, height, width, 3]</c>.</param>
/// <param name="shape">Rows and columns of each.</param>
/// <param name="channels">1 for grey, 3 for red, green and blue.</param>
/// <param name="index">Which picture, from 0.</param>
/// <param name="name">Name of the file.</param>
internal sealed class RasterImage(byte[] values, PixelSize shape, int channels, int index, string name) : ImageSource
{
    public override string Name => $"{name}: picture {index}";

    public override RgbImage Load(RgbColor? background = null)
    {
        var area = shape.Height * shape.Width;
        var source = values.AsSpan((int)((long)index * area * channels), area * channels);
        if (channels == RgbImage.Channels)
        {
            return new(shape.Height, shape.Width, source.ToArray());
        }

        var image = new RgbImage(shape.Height, shape.Width);
        for (var i = 0; i < area; i++)
        {
            image.Pixels.AsSpan(i * RgbImage.Channels, RgbImage.Channels).Fill(source[i]);
        }

        return image;
    }
}
