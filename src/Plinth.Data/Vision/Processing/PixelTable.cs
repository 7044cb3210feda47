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

    /// <summary>Looks a picture up; <c>[channel, height, width]</c>.</summary>
    public static float[] Apply(float[] table, RgbImage image)
    {
        var area = image.Height * image.Width;
        var values = new float[checked(PixelPlanes.Channels * area)];
        for (var (i, from) = (0, 0); i < area; i++, from += RgbImage.Channels)
        {
            values[i] = table[image.Pixels[from]];
            values[area + i] = table[Levels + image.Pixels[from + 1]];
            values[(2 * area) + i] = table[(2 * Levels) + image.Pixels[from + 2]];
        }

        return values;
    }
}
