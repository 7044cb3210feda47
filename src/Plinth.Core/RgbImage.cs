namespace Plinth.Core;

/// <summary>A picture in memory: red, green and blue as bytes, rows from the top, no alpha; <c>[height, width, 3]</c>.</summary>
public sealed class RgbImage
{
    /// <summary>Values of one pixel.</summary>
    public const int Channels = 3;

    /// <summary>Holds a picture.</summary>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="pixels">The values, which are kept, not copied; <c>[height, width, 3]</c>.</param>
    /// <exception cref="ArgumentException">The number of values is another one.</exception>
    public RgbImage(int height, int width, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (pixels.Length != (long)height * width * Channels)
        {
            throw new ArgumentException($"A picture of {height} x {width} has {(long)height * width * Channels} values, not {pixels.Length}.", nameof(pixels));
        }

        (Height, Width, Pixels) = (height, width, pixels);
    }

    /// <summary>Makes a picture of one colour, black when nothing is said.</summary>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="color">Its colour.</param>
    public RgbImage(int height, int width, RgbColor color = default)
        : this(height, width, new byte[checked(height * width * Channels)])
    {
        for (var i = 0; color != default && i < Pixels.Length; i += Channels)
        {
            (Pixels[i], Pixels[i + 1], Pixels[i + 2]) = (color.Red, color.Green, color.Blue);
        }
    }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>The values, 0 to 255; <c>[height, width, 3]</c>.</summary>
    public byte[] Pixels { get; }

    /// <summary>One row of values; <c>[width, 3]</c>.</summary>
    /// <param name="y">Number of the row, from 0 at the top.</param>
    public Span<byte> Row(int y) => Pixels.AsSpan(y * Width * Channels, Width * Channels);

    /// <summary>The colour of a pixel.</summary>
    /// <param name="y">Row, from 0 at the top.</param>
    /// <param name="x">Column, from 0 at the left.</param>
    public RgbColor this[int y, int x] => Row(y).Slice(x * Channels, Channels) is var pixel ? new(pixel[0], pixel[1], pixel[2]) : default;
}

/// <summary>A colour, each part 0 to 255.</summary>
/// <param name="Red">Red.</param>
/// <param name="Green">Green.</param>
/// <param name="Blue">Blue.</param>
public readonly record struct RgbColor(byte Red, byte Green, byte Blue)
{
    /// <summary>All parts 0.</summary>
    public static RgbColor Black => default;

    /// <summary>All parts 255.</summary>
    public static RgbColor White => new(255, 255, 255);
}
