using System.Text.Json.Nodes;

namespace Plinth.Export.Shapes;

/// <summary>How pictures become patches (Dosovitskiy et al. 2020, arXiv:2010.11929).</summary>
/// <param name="Height">Rows of a picture.</param>
/// <param name="Width">Columns of a picture.</param>
/// <param name="Size">Height and width of a patch.</param>
/// <param name="ChannelCount">Channels of a picture.</param>
internal sealed record PatchShape(int Height, int Width, int Size, int ChannelCount)
{
    /// <summary>Patches of a picture and the class token before them.</summary>
    public long Length => (long)(Height / Size) * (Width / Size) + 1;

    /// <summary>Reads it.</summary>
    /// <param name="config">The fields.</param>
    /// <param name="patchSize">The patch's side where config.json says nothing.</param>
    public static PatchShape Read(ConfigReader config, int patchSize)
    {
        const string field = "image_size";
        var (height, width) = config.Json[field] switch
        {
            JsonArray { Count: 2 } sides when sides[0] is JsonValue down && down.TryGetValue<int>(out var rows) && sides[1] is JsonValue across && across.TryGetValue<int>(out var columns) => (rows, columns),
            JsonArray => throw config.Wrong(field, "is neither a number nor a list of height and width"),
            _ => (config.Size(field, 224), config.Size(field, 224)),
        };
        var size = config.Size("patch_size", patchSize);
        return size <= height && size <= width
            ? new(height, width, size, config.Size("num_channels", 3))
            : throw config.Wrong("patch_size", $"is {size}, which does not fit into pictures of {height} x {width}");
    }
}
