using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Data.Vision;

/// <summary>
/// Pictures to the numbers that a checkpoint's model takes: resized, cut, scaled and normalised as its <c>preprocessor_config.json</c>
/// says, in the reference's arithmetic. Safe for concurrent use.
/// </summary>
public sealed class ImageProcessor : IProcessor
{
    /// <summary>Name of the file in a checkpoint.</summary>
    public const string FileName = "preprocessor_config.json";

    // From this size on a ConvNeXt checkpoint sees the whole picture.
    private const int UncroppedFrom = 384;

    // A line of pixels whose shorter side grows would fill the memory.
    private const long LargestArea = 1 << 25;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly float[] table;

    /// <param name="config">What is done.</param>
    public ImageProcessor(ImageProcessorConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        table = PixelTable.Make(config);
    }

    /// <summary>What is done.</summary>
    public ImageProcessorConfig Config { get; }

    /// <summary>Reads the processor of a checkpoint.</summary>
    /// <param name="folder">The checkpoint's folder; or the file itself.</param>
    /// <exception cref="CheckpointException">The file is missing or malformed, or asks for what is not known.</exception>
    public static ImageProcessor Load(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        var path = Directory.Exists(folder) ? Path.Combine(folder, FileName) : folder;
        var config = Path.Combine(Path.GetDirectoryName(path) ?? "", Checkpoint.ConfigFile);
        var type = File.Exists(config) && Checkpoint.ReadJson(config)["model_type"] is JsonValue value && value.TryGetValue<string>(out var name) ? name : null;
        return Read(Checkpoint.ReadJson(path), path, type);
    }

    /// <summary>Reads a processor from its fields.</summary>
    /// <param name="json">The content of the file.</param>
    /// <param name="path">Its name for messages.</param>
    /// <param name="modelType">The architecture, for old files that name no class.</param>
    /// <exception cref="CheckpointException">A field is malformed, or asks for what is not known.</exception>
    public static ImageProcessor Read(JsonObject json, string path = FileName, string? modelType = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new(new ImageProcessorReader(json, path, modelType).Read());
    }

    /// <summary>The fields as the file holds them, in the form in which they were read.</summary>
    public JsonObject ToJson() => ImageProcessorWriter.Write(Config);

    /// <summary>Writes the file into a checkpoint's folder.</summary>
    /// <exception cref="PlinthException">The folder cannot be written.</exception>
    public void Save(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), ToJson().ToJsonString(Indented) + "\n");

    /// <summary>The size that a picture has when its values are made, before any padding.</summary>
    /// <param name="height">Rows it has.</param>
    /// <param name="width">Columns it has.</param>
    public PixelSize SizeOf(int height, int width)
    {
        if (Config is { DoResize: true, CropPct: not null })
        {
            var side = ((ShortestEdge)Config.Size).Edge;
            return new(side, side);
        }

        return Config.DoCenterCrop ? Config.CropSize : Config.DoResize ? Config.Size.Of(height, width) : new(height, width);
    }

    /// <summary>Whether what lies at the border of a picture may be lost.</summary>
    public bool Cuts => Config.DoCenterCrop || Config is { DoResize: true, CropPct: not null, Size: ShortestEdge { Edge: < UncroppedFrom } };

    /// <summary>How far a picture is stretched when its values are made by a processor that does not cut; what was at a place is then at that place times this.</summary>
    /// <param name="height">Rows it has.</param>
    /// <param name="width">Columns it has.</param>
    public PixelScale ScaleOf(int height, int width)
    {
        var fitted = SizeOf(height, width);
        return new((double)fitted.Width / width, (double)fitted.Height / height);
    }

    /// <summary>Boxes in pixels of what <see cref="Fit(RgbImage)"/> makes of a picture, by a processor that does not cut. What lies outside the picture is left out.</summary>
    /// <param name="boxes">Boxes in pixels of the picture.</param>
    /// <param name="height">Rows the picture has.</param>
    /// <param name="width">Columns it has.</param>
    public IReadOnlyList<ImageBox> Fit(IReadOnlyList<ImageBox> boxes, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        var scale = ScaleOf(height, width);
        List<ImageBox> fitted = [];
        foreach (var box in boxes)
        {
            var (left, top) = (Math.Clamp(box.Left, 0, width), Math.Clamp(box.Top, 0, height));
            var (right, bottom) = (Math.Clamp(box.Left + box.Width, 0, width), Math.Clamp(box.Top + box.Height, 0, height));
            if (right > left && bottom > top)
            {
                fitted.Add(box with { Left = left * scale.Across, Top = top * scale.Down, Width = (right - left) * scale.Across, Height = (bottom - top) * scale.Down });
            }
        }

        return fitted;
    }

    /// <summary>Decodes a picture, transparent pixels over the background that the processor asks for.</summary>
    /// <param name="source">Where the picture comes from.</param>
    /// <exception cref="BadInputException">It cannot be read or decoded.</exception>
    public RgbImage Decode(ImageSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Load(Config.Background);
    }

    /// <summary>Makes the pixels: resized and cut, still bytes.</summary>
    public RgbImage Fit(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var cut = SizeOf(image.Height, image.Width);
        if (Config is { DoResize: true, CropPct: { } part } && cut.Height < UncroppedFrom)
        {
            return ImageCrop.Center(Resized(image, new ShortestEdge((int)(cut.Height / part)).Of(image.Height, image.Width)), cut.Height, cut.Width);
        }

        var resized = Config is { DoResize: true, CropPct: null } ? Resized(image, Config.Size.Of(image.Height, image.Width))
            : Config.DoResize ? Resized(image, cut)
            : image;
        return Config.DoCenterCrop ? ImageCrop.Center(resized, cut.Height, cut.Width) : resized;
    }

    /// <summary>Makes the values of a picture.</summary>
    public PixelPlanes Process(RgbImage image)
    {
        var fitted = Fit(image);
        var size = new PixelSize(fitted.Height, fitted.Width);
        var values = new float[checked(PixelPlanes.Channels * size.Height * size.Width)];
        PixelTable.Apply(table, fitted, values, size);
        return new(size.Height, size.Width, values);
    }

    /// <summary>Makes the values of several pictures; padded below and to the right when the processor pads.</summary>
    /// <exception cref="PlinthException">The sizes differ and the processor does not pad, or one is larger than what is padded to.</exception>
    public PixelBatch Process(IReadOnlyList<RgbImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return Batch([.. images.Select(Fit)], length => new float[length]);
    }

    /// <summary>
    /// Makes the values of pictures that <see cref="Fit(RgbImage)"/> has made, where a tensor keeps them: nothing is left to the collector,
    /// so that lanes (<see cref="Core.Native.TorchLanes"/>) may do it. Owned by the caller's dispose scope.
    /// </summary>
    /// <param name="fitted">At least one.</param>
    /// <returns><c>[batch, channel, height, width]</c>.</returns>
    /// <exception cref="PlinthException">The sizes differ and the processor does not pad, or one is larger than what is padded to.</exception>
    public Tensor Pixels(IReadOnlyList<RgbImage> fitted)
    {
        ArgumentNullException.ThrowIfNull(fitted);
        var (size, isPadded) = Frame(fitted);
        long[] shape = [fitted.Count, PixelPlanes.Channels, size.Height, size.Width];
        var pixels = isPadded ? zeros(shape) : empty(shape);
        for (var i = 0; i < fitted.Count; i++)
        {
            using var picture = pixels.select(0, i);
            PixelTable.Apply(table, fitted[i], MemoryMarshal.Cast<byte, float>(picture.bytes), size);
        }

        return pixels;
    }

    /// <summary>Makes the values of pictures that <see cref="Fit(RgbImage)"/> has made.</summary>
    /// <param name="fitted">At least one.</param>
    /// <param name="rent">Gives an array of a length, which may hold anything.</param>
    internal PixelBatch Batch(IReadOnlyList<RgbImage> fitted, Func<int, float[]> rent)
    {
        var (size, isPadded) = Frame(fitted);
        var batch = new PixelBatch(fitted.Count, size.Height, size.Width, rent(checked(fitted.Count * PixelPlanes.Channels * size.Height * size.Width)))
        {
            Sizes = isPadded ? [.. fitted.Select(image => new PixelSize(image.Height, image.Width))] : null,
        };
        if (isPadded)
        {
            batch.Values.AsSpan().Clear();
        }

        for (var i = 0; i < fitted.Count; i++)
        {
            PixelTable.Apply(table, fitted[i], batch.Image(i), size);
        }

        return batch;
    }

    private (PixelSize Size, bool IsPadded) Frame(IReadOnlyList<RgbImage> fitted)
    {
        ArgumentOutOfRangeException.ThrowIfZero(fitted.Count, nameof(fitted));
        var size = BatchSize(new(fitted.Max(image => image.Height), fitted.Max(image => image.Width)));
        var isPadded = fitted.Any(image => image.Height != size.Height || image.Width != size.Width);
        return !isPadded || Config.DoPad
            ? (size, isPadded)
            : throw new PlinthException(
                $"The pictures of a batch have different sizes, up to {size.Height} x {size.Width}, and {Config.ImageProcessorType} does not pad. Give them one size (do_resize with height and width, or do_center_crop).");
    }

    private PixelSize BatchSize(PixelSize largest)
    {
        var size = Config.DoPad ? Config.PadSize ?? largest : largest;
        return size.Height >= largest.Height && size.Width >= largest.Width
            ? size
            : throw new PlinthException($"A picture of {largest.Height} x {largest.Width} does not fit into the pad_size of {size.Height} x {size.Width}. Raise pad_size or lower size.");
    }

    private RgbImage Resized(RgbImage image, PixelSize size) => (long)size.Height * size.Width <= LargestArea
        ? ImageResizer.Resize(image, size.Height, size.Width, Config.Resample)
        : throw new BadImageException(
            ImageFault.TooLarge, $"A picture of {image.Height} x {image.Width} would be resized to {size.Height:N0} x {size.Width:N0}; at most {LargestArea:N0} pixels are made. Cut the picture first.");
}
