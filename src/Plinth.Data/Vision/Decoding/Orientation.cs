using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>The eight ways in which a camera may have been held (EXIF 2.32, tag 0x0112), undone.</summary>
internal static class Orientation
{
    /// <summary>Copies pixels of four bytes to an upright picture.</summary>
    /// <param name="source">Red, green, blue and alpha as stored; <c>[height, width, 4]</c>.</param>
    /// <param name="height">Rows as stored.</param>
    /// <param name="width">Columns as stored.</param>
    /// <param name="orientation">1 to 8; 1 is upright.</param>
    public static RgbImage Upright(ReadOnlySpan<byte> source, int height, int width, int orientation)
    {
        var isTurned = orientation >= 5;
        var image = new RgbImage(isTurned ? width : height, isTurned ? height : width);
        var target = image.Pixels;
        // Where the stored pixel (0, 0) goes, and how far a step along a stored row or column moves.
        var (rows, columns) = (image.Height, image.Width);
        var (down, right) = (columns * RgbImage.Channels, RgbImage.Channels);
        var last = ((rows * columns) - 1) * RgbImage.Channels;
        var (lastRow, lastColumn) = ((rows - 1) * down, (columns - 1) * right);
        var (origin, stepX, stepY) = orientation switch
        {
            2 => (lastColumn, -right, down),
            3 => (last, -right, -down),
            4 => (lastRow, right, -down),
            5 => (0, down, right),
            6 => (lastColumn, down, -right),
            7 => (last, -down, -right),
            8 => (lastRow, -down, right),
            _ => (0, right, down),
        };
        for (var (y, from) = (0, 0); y < height; y++)
        {
            var to = origin + (y * stepY);
            for (var x = 0; x < width; x++, from += 4, to += stepX)
            {
                (target[to], target[to + 1], target[to + 2]) = (source[from], source[from + 1], source[from + 2]);
            }
        }

        return image;
    }
}
