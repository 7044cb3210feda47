using System.Text.Json.Nodes;
using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>One number for each of red, green and blue.</summary>
/// <param name="Red">For red.</param>
/// <param name="Green">For green.</param>
/// <param name="Blue">For blue.</param>
public sealed record ChannelValues(double Red, double Green, double Blue)
{
    /// <summary>The same for all.</summary>
    public static ChannelValues All(double value) => new(value, value, value);
}

/// <summary>The fields of <c>preprocessor_config.json</c> that change pixels, with the reference's names.</summary>
public sealed record ImageProcessorConfig
{
    /// <summary>Name of the reference's class, for example <c>ViTImageProcessor</c>.</summary>
    public required string ImageProcessorType { get; init; }

    /// <summary>Whether pictures are resized.</summary>
    public bool DoResize { get; init; } = true;

    /// <summary>To what size.</summary>
    public TargetSize Size { get; init; } = new ExactSize(224, 224);

    /// <summary>How.</summary>
    public ResampleFilter Resample { get; init; } = ResampleFilter.Bilinear;

    /// <summary>
    /// The part of the resized side that is kept, above 0 to 1; then pictures whose size is below 384 are made larger by its inverse
    /// and cut, and others are resized to the square (ConvNeXt). Null elsewhere.
    /// </summary>
    public double? CropPct { get; init; }

    /// <summary>Whether the middle is cut out.</summary>
    public bool DoCenterCrop { get; init; }

    /// <summary>The size of the middle; what lies outside a smaller picture is 0.</summary>
    public PixelSize CropSize { get; init; } = new(224, 224);

    /// <summary>Whether values are multiplied.</summary>
    public bool DoRescale { get; init; } = true;

    /// <summary>By what; 1/255 brings them to 0 to 1.</summary>
    public double RescaleFactor { get; init; } = 1 / 255.0;

    /// <summary>Whether the mean is taken away and the rest divided.</summary>
    public bool DoNormalize { get; init; } = true;

    /// <summary>The mean of each channel.</summary>
    public ChannelValues ImageMean { get; init; } = ChannelValues.All(0.5);

    /// <summary>The deviation of each channel, never 0.</summary>
    public ChannelValues ImageStd { get; init; } = ChannelValues.All(0.5);

    /// <summary>Whether pictures of a batch are filled up with zeros to one size.</summary>
    public bool DoPad { get; init; }

    /// <summary>To what size; null takes the largest of the batch.</summary>
    public PixelSize? PadSize { get; init; }

    /// <summary>
    /// The colour that transparent pixels are laid over before anything else; null keeps the colours that stand in the file. A field of Plinth's
    /// own (<c>background</c>, three numbers from 0 to 255), which the reference passes over.
    /// </summary>
    public RgbColor? Background { get; init; }

    /// <summary>The file as it was read, whose other fields are written back; null for a new one.</summary>
    public JsonObject? Source { get; init; }

    /// <summary>What <see cref="Source"/> says, so that only what was changed since is written anew.</summary>
    internal ImageProcessorConfig? AsRead { get; init; }
}
