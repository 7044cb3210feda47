using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>Blurs by a bell curve of random width; edges are continued.</summary>
/// <param name="Probability">How often.</param>
/// <param name="MinSigma">Smallest deviation, in pixels.</param>
/// <param name="MaxSigma">Largest deviation, in pixels.</param>
public sealed record GaussianBlur(double Probability = 0.5, double MinSigma = 0.1, double MaxSigma = 2) : Augmentation
{
    // Beyond this many deviations the curve is below a byte's step.
    private const double Reach = 3;

    /// <inheritdoc />
    public override bool MovesThings => false;

    /// <inheritdoc />
    public override RgbImage Apply(RgbImage image, AugmentationRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        if (!random.Happens(Probability))
        {
            return image;
        }

        var kernel = Kernel(random.Between(MinSigma, MaxSigma));
        var (height, width) = (image.Height, image.Width);
        var rows = new float[image.Pixels.Length];
        Pass(kernel, Array.ConvertAll(image.Pixels, value => (float)value), rows, height, width * RgbImage.Channels, width, RgbImage.Channels);
        var columns = new float[rows.Length];
        Pass(kernel, rows, columns, width, RgbImage.Channels, height, width * RgbImage.Channels);
        return new(height, width, Array.ConvertAll(columns, value => PixelMap.Clip(value)));
    }

    private static float[] Kernel(double sigma)
    {
        var reach = Math.Max(1, (int)Math.Ceiling(Reach * sigma));
        double[] weights = [.. Enumerable.Range(-reach, (2 * reach) + 1).Select(x => Math.Exp(-x * x / (2 * sigma * sigma)))];
        var sum = weights.Sum();
        return [.. weights.Select(weight => (float)(weight / sum))];
    }

    // Lines are rows or columns: both are given by the step between lines and the step along one.
    private static void Pass(float[] kernel, float[] source, float[] target, int lines, int lineStep, int length, int step)
    {
        var reach = kernel.Length / 2;
        for (var line = 0; line < lines; line++)
        {
            for (var i = 0; i < length; i++)
            {
                for (var channel = 0; channel < RgbImage.Channels; channel++)
                {
                    var start = (line * lineStep) + channel;
                    var sum = 0f;
                    for (var k = 0; k < kernel.Length; k++)
                    {
                        sum += kernel[k] * source[start + (Math.Clamp(i + k - reach, 0, length - 1) * step)];
                    }

                    target[start + (i * step)] = sum;
                }
            }
        }
    }
}
