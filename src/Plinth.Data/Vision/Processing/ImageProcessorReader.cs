using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;

namespace Plinth.Data.Vision;

/// <summary>Reads <c>preprocessor_config.json</c>. What would change the pixels and is not known is refused by name.</summary>
internal sealed class ImageProcessorReader(JsonObject json, string path, string? modelType)
{
    // Fields that change no pixel here: pictures are always red, green and blue, and results always channels first.
    private static readonly HashSet<string> Silent = new(StringComparer.Ordinal)
    {
        "image_processor_type", "feature_extractor_type", "processor_class", "_processor_class", "_valid_processor_keys", "auto_map", "do_convert_rgb", "data_format", "device", "return_tensors",
        "disable_grouping", "do_reduce_labels", "reduce_labels", "format", "do_convert_annotations", "default_to_square", "num_labels", "id2label", "_commit_hash", "_name_or_path", "transformers_version",
    };

    private readonly HashSet<string> read = new(StringComparer.Ordinal);

    public ImageProcessorConfig Read()
    {
        var type = TypeName();
        var kind = ImageProcessorKinds.Find(type)
            ?? throw new CheckpointException($"{path}: the image processor '{type}' is not known. Known: {ImageProcessorKinds.Names}; each also as Fast or FeatureExtractor.");
        var config = kind.Defaults with { ImageProcessorType = type, Source = (JsonObject)json.DeepClone() };
        config = config with
        {
            DoResize = Flag("do_resize", config.DoResize),
            Size = Size(kind),
            Resample = Filter(config.Resample),
            CropPct = config.CropPct is { } part ? Part("crop_pct", part) : null,
            DoCenterCrop = config.CropPct is null && !kind.HasBounds && Crops(config, type),
            CropSize = config.CropPct is null && !kind.HasBounds && Given("crop_size") is { } crop ? Exact("crop_size", crop) : config.CropSize,
            DoRescale = Flag("do_rescale", config.DoRescale),
            RescaleFactor = Given("rescale_factor") is { } factor ? Number("rescale_factor", factor) : config.RescaleFactor,
            DoNormalize = Flag("do_normalize", config.DoNormalize),
            ImageMean = Given("image_mean") is { } mean ? Channels("image_mean", mean) : config.ImageMean,
            ImageStd = Given("image_std") is { } deviation ? Channels("image_std", deviation) : config.ImageStd,
            DoPad = kind.HasBounds && Flag("do_pad", Flag("pad_and_return_pixel_mask", config.DoPad)),
            PadSize = kind.HasBounds && Given("pad_size") is { } pad ? Exact("pad_size", pad) : null,
            Background = Given("background") is { } background ? Color("background", background) : null,
        };
        RefuseOthers();
        return config.ImageStd is { Red: not 0, Green: not 0, Blue: not 0 }
            ? config with { AsRead = config }
            : throw Bad("image_std", "has a 0, by which nothing can be divided");
    }

    private string TypeName()
    {
        if ((Text("image_processor_type") ?? Text("feature_extractor_type")) is { } named)
        {
            return named;
        }

        return modelType is not null && ImageProcessorKinds.TypeOf(modelType) is { } known
            ? known
            : throw new CheckpointException($"{path} names no image_processor_type, and the architecture '{modelType}' says none either. Add one of {ImageProcessorKinds.Names}.");
    }

    // Some classes of the reference ignore this field where their faster twins follow it.
    private bool Crops(ImageProcessorConfig defaults, string type) => Flag("do_center_crop", defaults.DoCenterCrop) is var isOn
        && isOn && !defaults.DoCenterCrop && !type.EndsWith("Fast", StringComparison.Ordinal)
        ? throw Bad("do_center_crop", $"is true, which {type} has no meaning for. Set it to false, or name {type}Fast, which cuts")
        : isOn;

    private TargetSize Size(ImageProcessorKind kind)
    {
        var longest = kind.HasBounds ? Given("max_size") : null;
        switch (Given("size"))
        {
            case null:
                return kind.Defaults.Size is BoundedEdge bounded ? bounded with { Multiple = kind.Multiple } : kind.Defaults.Size;
            case JsonObject { Count: 2 } size when size.ContainsKey("height") && size.ContainsKey("width") && kind.Defaults.CropPct is null:
                var exact = Exact("size", size);
                return new ExactSize(exact.Height, exact.Width);
            case JsonObject { Count: 1 } size when size.ContainsKey("shortest_edge") && !kind.HasBounds:
                return new ShortestEdge(Side("size.shortest_edge", size["shortest_edge"]));
            case JsonObject { Count: 2 } size when size.ContainsKey("shortest_edge") && size.ContainsKey("longest_edge") && kind.HasBounds:
                return new BoundedEdge(Side("size.shortest_edge", size["shortest_edge"]), Side("size.longest_edge", size["longest_edge"]), kind.Multiple);
            case JsonValue value:
                var side = Side("size", value);
                var isSquare = Given("default_to_square") is { } square ? Flag("default_to_square", square) : !kind.HasEdges;
                return kind.HasBounds ? new BoundedEdge(side, longest is null ? 1333 : Side("max_size", longest), kind.Multiple)
                    : isSquare && kind.Defaults.CropPct is null ? new ExactSize(side, side)
                    : new ShortestEdge(side);
            case var other:
                throw Bad("size", $"is {other.ToJsonString()}, a form that {Text("image_processor_type") ?? "this class"} does not have. Known: one number, " +
                    (kind.Defaults.CropPct is null ? "{\"height\", \"width\"}, " : "") + (kind.HasBounds ? "{\"shortest_edge\", \"longest_edge\"}" : "{\"shortest_edge\"}"));
        }
    }

    private ResampleFilter Filter(ResampleFilter otherwise) => Given("resample") is not { } value ? otherwise
        : value is JsonValue number && number.TryGetValue<int>(out var code) && Enum.IsDefined((ResampleFilter)code) ? (ResampleFilter)code
        : throw Bad("resample", $"is {value.ToJsonString()}. Known: 0 (nearest), 1 (lanczos), 2 (bilinear), 3 (bicubic), 4 (box), 5 (hamming)");

    private PixelSize Exact(string key, JsonNode value) => value switch
    {
        JsonObject { Count: 2 } size when size.ContainsKey("height") && size.ContainsKey("width") => new(Side(key + ".height", size["height"]), Side(key + ".width", size["width"])),
        JsonValue side => new(Side(key, side), Side(key, side)),
        _ => throw Bad(key, $"is {value.ToJsonString()}. Known: one number, {{\"height\", \"width\"}}"),
    };

    private int Side(string key, JsonNode? value) => value is JsonValue number && number.TryGetValue<int>(out var side) && side is >= 1 and <= TargetSize.Largest
        ? side
        : throw Bad(key, $"is {value?.ToJsonString() ?? "null"}, no whole number from 1 to {TargetSize.Largest}");

    private ChannelValues Channels(string key, JsonNode value) => value switch
    {
        JsonArray { Count: 3 } three => new(Number(key, three[0]), Number(key, three[1]), Number(key, three[2])),
        JsonValue one => ChannelValues.All(Number(key, one)),
        _ => throw Bad(key, $"is {value.ToJsonString()}; wanted are three numbers, for red, green and blue"),
    };

    private RgbColor Color(string key, JsonNode value)
    {
        List<byte> parts = [];
        foreach (var part in value as JsonArray ?? [])
        {
            if (part is JsonValue number && number.TryGetValue<byte>(out var whole))
            {
                parts.Add(whole);
            }
        }

        return value is JsonArray { Count: 3 } && parts is [var red, var green, var blue] ? new(red, green, blue)
            : throw Bad(key, $"is {value.ToJsonString()}; wanted are three whole numbers from 0 to 255, for red, green and blue");
    }

    private double Part(string key, double otherwise) => Given(key) is not { } value ? otherwise
        : Number(key, value) is var part && part is > 0 and <= 1 ? part
        : throw Bad(key, $"is {value.ToJsonString()}, no part above 0 to 1");

    private double Number(string key, JsonNode? value) => value is JsonValue number && number.TryGetValue<double>(out var plain) && double.IsFinite(plain)
        ? plain
        : throw Bad(key, $"is {value?.ToJsonString() ?? "null"}, no number");

    // A flag that is null is off: the reference asks whether it is true.
    private bool Flag(string key, bool otherwise)
    {
        read.Add(key);
        return !json.TryGetPropertyValue(key, out var value) ? otherwise : value is not null && Flag(key, value);
    }

    private bool Flag(string key, JsonNode value) =>
        value is JsonValue flag && flag.TryGetValue<bool>(out var isOn) ? isOn : throw Bad(key, $"is {value.ToJsonString()}, neither true nor false");

    private string? Text(string key) => json[key] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private JsonNode? Given(string key)
    {
        read.Add(key);
        return json[key];
    }

    private void RefuseOthers()
    {
        foreach (var (key, value) in json.Where(field => !read.Contains(field.Key) && !Silent.Contains(field.Key)))
        {
            // What is off or not set changes nothing.
            if (value is not null && !(value is JsonValue flag && flag.TryGetValue<bool>(out var isOn) && !isOn) && value.ToJsonString() != "\"channels_first\"")
            {
                throw new CheckpointException(
                    $"{path}: '{key}' is {Shortened(value)}; it may change the pixels and is not known for {Text("image_processor_type") ?? "this class"}. Remove it if it does not, or use another checkpoint.");
            }
        }
    }

    private static string Shortened(JsonNode value) => value.ToJsonString() is { Length: > 60 } text ? text[..60] + "..." : value.ToJsonString();

    private CheckpointException Bad(string key, string what) => new($"{path}: '{key}' {what}.");
}
