namespace Plinth.Data.Vision;

/// <summary>The forms of pictures that are read.</summary>
public enum ImageFormat
{
    /// <summary>Portable Network Graphics.</summary>
    Png,

    /// <summary>JPEG, baseline or progressive; grey, colour or CMYK.</summary>
    Jpeg,

    /// <summary>WebP, lossy or lossless.</summary>
    WebP,

    /// <summary>Windows bitmap.</summary>
    Bmp,

    /// <summary>GIF; its first frame.</summary>
    Gif,
}

/// <summary>What a picture file says of itself in its first bytes.</summary>
/// <param name="Format">Its form, by content.</param>
/// <param name="Height">Rows as stored, before any orientation is applied.</param>
/// <param name="Width">Columns as stored.</param>
/// <param name="ScanCount">Passes over the picture: 1 but for progressive JPEG.</param>
public sealed record ImageHeader(ImageFormat Format, int Height, int Width, int ScanCount = 1);
