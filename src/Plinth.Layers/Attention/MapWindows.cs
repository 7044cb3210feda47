using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Attention;

/// <summary>Squares of a map that attend each within itself.</summary>
/// <param name="Size">Rows and columns of a square; a map with fewer of either has smaller ones.</param>
/// <param name="IsShifted">Whether the squares lie half their size lower and farther right, so that those of other layers overlap.</param>
public sealed record MapWindowOptions(int Size, bool IsShifted);

/// <summary>
/// The plan of attention within the squares of a map (Liu et al. 2021, arXiv:2103.14030): how they are cut and joined, and which positions of
/// one square see each other. A shifted map is turned around its edges; what meets there without being neighbours is kept apart. Zeros fill
/// up squares that reach over the border, and are seen.
/// </summary>
public sealed class MapWindows
{
    private const float Hidden = -100;

    private readonly long rows, columns, side, shift, below, beside;
    private readonly Tensor? apart;

    private MapWindows(MapWindowOptions options, EmbeddedImages images)
    {
        (rows, columns) = (images.RowCount, images.ColumnCount);
        var isWhole = Math.Min(rows, columns) <= options.Size;
        side = isWhole ? Math.Min(rows, columns) : options.Size;
        shift = isWhole || !options.IsShifted ? 0 : side / 2;
        (below, beside) = ((side - (rows % side)) % side, (side - (columns % side)) % side);
        apart = shift == 0 ? null : Apart().to(images.Vectors.dtype, images.Vectors.device);
    }

    /// <summary>Plans a pass.</summary>
    /// <param name="options">The squares.</param>
    /// <param name="images">The map.</param>
    internal static MapWindows Plan(MapWindowOptions options, EmbeddedImages images) => new(options, images);

    /// <summary>Cuts a map.</summary>
    /// <param name="sequence"><c>[batch, row · column, hidden]</c>.</param>
    /// <returns><c>[batch · window, position, hidden]</c>.</returns>
    public Tensor Split(Tensor sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        var map = sequence.view(sequence.size(0), rows, columns, -1);
        map = below + beside > 0 ? nn.functional.pad(map, [0, 0, 0, beside, 0, below]) : map;
        return Cut(shift > 0 ? map.roll([-shift, -shift], [1, 2]) : map);
    }

    /// <summary>Puts the squares back.</summary>
    /// <param name="windows"><c>[batch · window, position, hidden]</c>.</param>
    /// <returns><c>[batch, row · column, hidden]</c>.</returns>
    public Tensor Join(Tensor windows)
    {
        ArgumentNullException.ThrowIfNull(windows);
        var (high, wide) = ((rows + below) / side, (columns + beside) / side);
        var map = windows.view(-1, high, wide, side, side, windows.size(-1)).permute(0, 1, 3, 2, 4, 5).reshape(-1, rows + below, columns + beside, windows.size(-1));
        map = shift > 0 ? map.roll([shift, shift], [1, 2]) : map;
        return map.narrow(1, 0, rows).narrow(2, 0, columns).reshape(-1, rows * columns, windows.size(-1));
    }

    /// <summary>What is added to the scores within the squares.</summary>
    /// <param name="biases">Learned ones.</param>
    /// <param name="input">The map; <c>[batch, row · column, hidden]</c>.</param>
    /// <returns><c>[1 or batch · window, heads, query, key]</c>.</returns>
    public Tensor Bias(MapBiases biases, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(biases);
        ArgumentNullException.ThrowIfNull(input);
        var learned = biases.Biases(side).to(input.dtype);
        return apart is null ? learned : (apart.unsqueeze(1) + learned).repeat(input.size(0), 1, 1, 1);
    }

    // Numbers of the regions that the map falls into when it is turned around its edges; within a square only equal ones see each other.
    private Tensor Apart()
    {
        Tensor Strips(long length)
        {
            var strips = zeros(length, ScalarType.Int64);
            strips.narrow(0, length - side, side - shift).fill_(1);
            strips.narrow(0, length - shift, shift).fill_(2);
            return strips;
        }

        var regions = (Strips(rows + below).unsqueeze(1) * 3) + Strips(columns + beside).unsqueeze(0);
        var cut = Cut(regions.view(1, rows + below, columns + beside, 1)).squeeze(-1);                // [window, position]
        return zeros([cut.size(0), cut.size(1), cut.size(1)], ScalarType.Float32).masked_fill(cut.unsqueeze(1).ne(cut.unsqueeze(2)), Hidden);
    }

    private Tensor Cut(Tensor map)
    {
        var (high, wide, size) = (map.size(1) / side, map.size(2) / side, map.size(3));
        return map.reshape(-1, high, side, wide, side, size).permute(0, 1, 3, 2, 4, 5).reshape(-1, side * side, size);
    }
}
