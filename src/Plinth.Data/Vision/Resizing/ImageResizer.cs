using System.Buffers;
using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>
/// Resizes pictures with the numbers that Pillow gives: rows first, then columns, each in fixed point and rounded to bytes in
/// between, filters widened by the ratio when shrinking.
/// </summary>
public static class ImageResizer
{
    private const int Half = 1 << (ResampleWeights.Precision - 1);

    /// <summary>Makes a picture of another size.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="height">New rows.</param>
    /// <param name="width">New columns.</param>
    /// <param name="filter">How pixels are made.</param>
    /// <param name="area">The part of the picture that is taken; all of it when left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or the area is empty or reaches out of the picture.</exception>
    public static RgbImage Resize(RgbImage image, int height, int width, ResampleFilter filter, ImageArea? area = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        var whole = new ImageArea(0, 0, image.Width, image.Height);
        var part = area ?? whole;
        if (!(part.Left >= 0 && part.Top >= 0 && part.Right <= image.Width && part.Bottom <= image.Height && part.Right > part.Left && part.Bottom > part.Top))
        {
            throw new ArgumentOutOfRangeException(nameof(area), area, $"The area must be a part of the {image.Height} x {image.Width} picture.");
        }

        if (filter == ResampleFilter.Nearest)
        {
            return Nearest(image, height, width, part);
        }

        // What keeps its size is left as it is, not filtered.
        var rows = height != image.Height || part.Top != 0 || part.Bottom != image.Height
            ? ResampleWeights.Make(filter, image.Height, part.Top, part.Bottom, height) : null;
        var columns = width != image.Width || part.Left != 0 || part.Right != image.Width
            ? ResampleWeights.Make(filter, image.Width, part.Left, part.Right, width) : null;
        if (columns is null)
        {
            return rows is null ? new(height, width, [.. image.Pixels]) : new(height, width, Vertical(image.Pixels, 0, width, rows, height));
        }

        var (begin, end) = rows is null ? (0, height) : (rows.Begin, rows.End);
        var length = checked((end - begin) * width * RgbImage.Channels);
        var target = rows is null ? new byte[length] : ArrayPool<byte>.Shared.Rent(length);
        for (var y = begin; y < end; y++)
        {
            Horizontal(image.Row(y), columns, target.AsSpan((y - begin) * width * RgbImage.Channels, width * RgbImage.Channels));
        }

        if (rows is null)
        {
            return new(height, width, target);
        }

        var resized = Vertical(target, begin, width, rows, height);
        ArrayPool<byte>.Shared.Return(target);
        return new(height, width, resized);
    }

    private static void Horizontal(ReadOnlySpan<byte> source, ResampleWeights columns, Span<byte> target)
    {
        for (var (x, to) = (0, 0); to < target.Length; x++, to += RgbImage.Channels)
        {
            var weights = columns.Of(x);
            var from = source.Slice(columns.First(x) * RgbImage.Channels, weights.Length * RgbImage.Channels);
            var (red, green, blue) = (Half, Half, Half);
            for (var (k, i) = (0, 0); k < weights.Length; k++, i += RgbImage.Channels)
            {
                var weight = weights[k];
                red += from[i] * weight;
                green += from[i + 1] * weight;
                blue += from[i + 2] * weight;
            }

            (target[to], target[to + 1], target[to + 2]) = (Clip(red), Clip(green), Clip(blue));
        }
    }

    private static byte[] Vertical(byte[] source, int begin, int width, ResampleWeights rows, int height)
    {
        var length = width * RgbImage.Channels;
        var target = new byte[checked(height * length)];
        var sums = new int[length];
        for (var y = 0; y < height; y++)
        {
            sums.AsSpan().Fill(Half);
            var weights = rows.Of(y);
            for (var k = 0; k < weights.Length; k++)
            {
                var weight = weights[k];
                var row = source.AsSpan((rows.First(y) + k - begin) * length, length);
                for (var i = 0; i < sums.Length; i++)
                {
                    sums[i] += row[i] * weight;
                }
            }

            var line = target.AsSpan(y * length, length);
            for (var i = 0; i < sums.Length; i++)
            {
                line[i] = Clip(sums[i]);
            }
        }

        return target;
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleWeights.Precision, 0, 255);

    private static RgbImage Nearest(RgbImage image, int height, int width, ImageArea part)
    {
        var rows = Places(part.Top, part.Bottom, height, image.Height);
        var columns = Places(part.Left, part.Right, width, image.Width);
        var resized = new RgbImage(height, width);
        for (var y = 0; y < height; y++)
        {
            var from = image.Row(rows[y]);
            var to = resized.Row(y);
            for (var x = 0; x < width; x++)
            {
                from.Slice(columns[x] * RgbImage.Channels, RgbImage.Channels).CopyTo(to[(x * RgbImage.Channels)..]);
            }
        }

        return resized;
    }

    private static int[] Places(float begin, float end, int count, int size)
    {
        var (places, step) = (new int[count], (double)(end - begin) / count);
        // Added up step by step, as the reference does: a product would round differently now and then.
        var at = begin + (step * 0.5);
        for (var i = 0; i < count; i++, at += step)
        {
            places[i] = Math.Min((int)at, size - 1);
        }

        return places;
    }
}
