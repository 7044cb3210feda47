using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>What each of the 256 values of each channel becomes: rescaling and normalising are a look-up.</summary>
internal static class PixelTable
{
    private const int Levels = 256;

    /// <summary>The table; <c>[channel, 256]</c>.</summary>
    public static float[] Make(ImageProcessorConfig config)
    {
        double[] mean = [config.ImageMean.Red, config.ImageMean.Green, config.ImageMean.Blue];
        double[] deviation = [config.ImageStd.Red, config.ImageStd.Green, config.ImageStd.Blue];
        var table = new float[PixelPlanes.Channels * Levels];
        for (var i = 0; i < table.Length; i++)
        {
            var (channel, level) = (i / Levels, i % Levels);
            // Rounded to 32 bits where the reference rounds.
            var value = config.DoRescale ? (float)(level * config.RescaleFactor) : level;
            table[i] = config.DoNormalize ? (value - (float)mean[channel]) / (float)deviation[channel] : value;
        }

        return table;
    }

    /// <summary>Looks a picture up.</summary>
    /// <param name="table">The table; <c>[channel, 256]</c>.</param>
    /// <param name="image">The picture.</param>
    /// <param name="target">Receives the numbers in its upper left corner; <c>[channel, height, width]</c>.</param>
    /// <param name="size">Height and width of the target.</param>
    public static void Apply(float[] table, RgbImage image, Span<float> target, PixelSize size)
    {
        var area = size.Height * size.Width;
        for (var y = 0; y < image.Height; y++)
        {
            var row = image.Row(y);
            for (var (x, to) = (0, y * size.Width); x < row.Length; x += RgbImage.Channels, to++)
            {
                target[to] = table[row[x]];
                target[area + to] = table[Levels + row[x + 1]];
                target[(2 * area) + to] = table[(2 * Levels) + row[x + 2]];
            }
        }
    }
}
