using System.Text.Json.Nodes;

namespace Plinth.Data.Vision;

/// <summary>Writes the form that was read: fields that are as they were keep their form, others are set.</summary>
internal static class ImageProcessorWriter
{
    private sealed record Field(string Key, Func<ImageProcessorConfig, object?> Value, Func<ImageProcessorConfig, JsonNode?> Json);

    private static readonly Field[] Fields =
    [
        new("do_resize", c => c.DoResize, c => c.DoResize),
        new("size", c => c.Size, c => Size(c.Size)),
        new("resample", c => c.Resample, c => (int)c.Resample),
        new("crop_pct", c => c.CropPct, c => c.CropPct),
        new("do_center_crop", c => c.DoCenterCrop, c => c.DoCenterCrop),
        new("crop_size", c => c.CropSize, c => Size(c.CropSize)),
        new("do_rescale", c => c.DoRescale, c => c.DoRescale),
        new("rescale_factor", c => c.RescaleFactor, c => c.RescaleFactor),
        new("do_normalize", c => c.DoNormalize, c => c.DoNormalize),
        new("image_mean", c => c.ImageMean, c => Channels(c.ImageMean)),
        new("image_std", c => c.ImageStd, c => Channels(c.ImageStd)),
        new("do_pad", c => c.DoPad, c => c.DoPad),
        new("background", c => c.Background, c => c.Background is { } color ? new JsonArray(color.Red, color.Green, color.Blue) : null),
        new("pad_size", c => c.PadSize, c => c.PadSize is { } size ? Size(size) : null),
    ];

    public static JsonObject Write(ImageProcessorConfig config)
    {
        var before = config.AsRead;
        var json = (JsonObject?)config.Source?.DeepClone() ?? new() { ["image_processor_type"] = config.ImageProcessorType };
        foreach (var field in Fields)
        {
            if (before is null ? IsSaid(field.Key, config) : !Equals(field.Value(before), field.Value(config)))
            {
                json[field.Key] = field.Json(config);
                // The older form of a bound stands beside the size and would contradict it.
                _ = field.Key == "size" && json.Remove("max_size");
            }
        }

        return json;
    }

    // A new file says what its class has.
    private static bool IsSaid(string key, ImageProcessorConfig config) => key switch
    {
        "crop_pct" => config.CropPct is not null,
        "do_center_crop" or "crop_size" => config.CropPct is null && config.DoCenterCrop,
        "do_pad" => config.Size is BoundedEdge,
        "pad_size" => config.PadSize is not null,
        "background" => config.Background is not null,
        _ => true,
    };

    private static JsonObject Size(TargetSize size) => size switch
    {
        ExactSize exact => Size(new PixelSize(exact.Height, exact.Width)),
        ShortestEdge edge => new() { ["shortest_edge"] = edge.Edge },
        BoundedEdge bounded => new() { ["shortest_edge"] = bounded.Edge, ["longest_edge"] = bounded.Longest },
        _ => throw new ArgumentOutOfRangeException(nameof(size), size, "There is no form for it."),
    };

    private static JsonObject Size(PixelSize size) => new() { ["height"] = size.Height, ["width"] = size.Width };

    private static JsonArray Channels(ChannelValues values) => [values.Red, values.Green, values.Blue];
}
