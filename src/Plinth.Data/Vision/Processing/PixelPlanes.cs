namespace Plinth.Data.Vision;

/// <summary>A processed picture: numbers that a model takes; <c>[channel, height, width]</c>.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Values">The numbers, red plane first; <c>[channel, height, width]</c>.</param>
public sealed record PixelPlanes(int Height, int Width, float[] Values)
{
    /// <summary>Planes of a picture: red, green and blue.</summary>
    public const int Channels = 3;
}
