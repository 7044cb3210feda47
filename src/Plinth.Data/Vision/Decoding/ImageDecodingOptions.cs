using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>What is refused before a pixel is decoded. Decoding needs up to 13 bytes of memory for each pixel.</summary>
public sealed record ImageLimits
{
    /// <summary>Largest file in bytes.</summary>
    public long MaxFileBytes { get; init; } = 64 << 20;

    /// <summary>Most pixels, rows times columns.</summary>
    public long MaxPixels { get; init; } = 64 << 20;

    /// <summary>Longest side in pixels.</summary>
    public int MaxSide { get; init; } = 32_768;

    /// <summary>Most passes of a progressive JPEG; each goes over the whole picture again, and honest files have about ten.</summary>
    public int MaxScans { get; init; } = 128;
}

/// <summary>How a picture file becomes pixels.</summary>
public sealed record ImageDecodingOptions
{
    /// <summary>What is refused.</summary>
    public ImageLimits Limits { get; init; } = new();

    /// <summary>Whether a picture that its camera marked as turned or mirrored (EXIF orientation) is put upright.</summary>
    public bool AppliesOrientation { get; init; } = true;

    /// <summary>
    /// The colour that transparent pixels are laid over. Null drops alpha and keeps the colours that stand in the file, as Pillow's
    /// <c>convert("RGB")</c> does; under full transparency these are often black.
    /// </summary>
    public RgbColor? Background { get; init; }

    /// <summary>Options with a background where they name none.</summary>
    internal static ImageDecodingOptions? Over(ImageDecodingOptions? options, RgbColor? background) =>
        background is null || options?.Background is not null ? options : (options ?? new()) with { Background = background };
}
