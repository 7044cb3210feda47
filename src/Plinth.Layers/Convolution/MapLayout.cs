using Plinth.Core;
using static TorchSharp.torch;

namespace Plinth.Layers.Convolution;

/// <summary>The same numbers seen as a map of channels, as rows and columns of vectors, or as a sequence; nothing is copied where the memory allows it.</summary>
public static class MapLayout
{
    /// <param name="map"><c>[batch, row, column, channel]</c>.</param>
    /// <returns><c>[batch, channel, row, column]</c>.</returns>
    public static Tensor ToChannelsFirst(Tensor map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return map.permute(0, 3, 1, 2);
    }

    /// <param name="map"><c>[batch, channel, row, column]</c>.</param>
    /// <returns><c>[batch, row, column, channel]</c>.</returns>
    public static Tensor ToChannelsLast(Tensor map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return map.permute(0, 2, 3, 1);
    }

    /// <summary>A map as a sequence, row by row.</summary>
    /// <param name="map"><c>[batch, row, column, channel]</c>.</param>
    public static EmbeddedImages ToSequence(Tensor map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return new(map.reshape(map.size(0), map.size(1) * map.size(2), map.size(3)), map.size(1), map.size(2));
    }

    /// <summary>A sequence as the map that it is of.</summary>
    /// <returns><c>[batch, row, column, channel]</c>.</returns>
    public static Tensor ToMap(EmbeddedImages images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return images.Vectors.view(images.Vectors.size(0), images.RowCount, images.ColumnCount, -1);
    }
}
