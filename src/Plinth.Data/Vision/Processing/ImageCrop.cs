using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>Cuts pieces out of pictures.</summary>
public static class ImageCrop
{
    /// <summary>The middle of a picture; where it is smaller, black is put around it.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="height">Rows of the piece.</param>
    /// <param name="width">Columns of the piece.</param>
    public static RgbImage Center(RgbImage image, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(image);
        // An odd rest goes to the bottom and the right when cutting, to the top and the left when filling up: both round down.
        return Piece(image, FloorHalf(image.Height - height), FloorHalf(image.Width - width), height, width);
    }

    /// <summary>A piece of a picture; what lies outside the picture is black.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="top">The row where the piece begins; may be negative.</param>
    /// <param name="left">The column where it begins; may be negative.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    public static RgbImage Piece(RgbImage image, int top, int left, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(image);
        var piece = new RgbImage(height, width);
        var (from, to) = (Math.Max(left, 0), (int)Math.Min((long)left + width, image.Width));
        for (var y = Math.Max(0, -top); to > from && y < height && y + top < image.Height; y++)
        {
            image.Row(y + top)[(from * RgbImage.Channels)..(to * RgbImage.Channels)].CopyTo(piece.Row(y)[((from - left) * RgbImage.Channels)..]);
        }

        return piece;
    }

    private static int FloorHalf(int value) => value >> 1;
}
