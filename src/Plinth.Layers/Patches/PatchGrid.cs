using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Patches;

/// <summary>Pictures as grids of patches, and tables of positions for such grids.</summary>
public static class PatchGrid
{
    /// <summary>Cuts pictures into squares, row by row; what is left over at the right and at the bottom is dropped.</summary>
    /// <param name="pixels"><c>[batch, channel, height, width]</c>.</param>
    /// <param name="patchSize">Height and width of a patch in pixels.</param>
    /// <returns><c>[batch, patch, channel, y, x]</c>.</returns>
    public static Tensor Split(Tensor pixels, long patchSize)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        var (batch, channels, rows, columns) = (pixels.size(0), pixels.size(1), pixels.size(2) / patchSize, pixels.size(3) / patchSize);
        return pixels.narrow(2, 0, rows * patchSize).narrow(3, 0, columns * patchSize)
            .reshape(batch, channels, rows, patchSize, columns, patchSize)
            .permute(0, 2, 4, 1, 3, 5)
            .reshape(batch, rows * columns, channels, patchSize, patchSize);
    }

    /// <summary>A table of positions for a grid of another size, by bicubic interpolation (Dosovitskiy et al. 2020, section 3.2).</summary>
    /// <param name="positions">One vector per patch of the grid that was trained; <c>[patch, hidden]</c>.</param>
    /// <param name="trained">Its rows and columns.</param>
    /// <param name="wanted">Rows and columns of the other grid.</param>
    /// <returns><c>[patch, hidden]</c>; the table itself where the grids agree.</returns>
    public static Tensor Resize(Tensor positions, (long Rows, long Columns) trained, (long Rows, long Columns) wanted)
    {
        ArgumentNullException.ThrowIfNull(positions);
        if (trained == wanted)
        {
            return positions;
        }

        var grid = positions.to(ScalarType.Float32).view(1, trained.Rows, trained.Columns, -1).permute(0, 3, 1, 2); // [1, hidden, row, column]
        return nn.functional.interpolate(grid, [wanted.Rows, wanted.Columns], mode: InterpolationMode.Bicubic, align_corners: false)
            .permute(0, 2, 3, 1).reshape(wanted.Rows * wanted.Columns, -1).to(positions.dtype);
    }

    /// <summary>Positions that are not learnt: sines and cosines of the column, then of the row (Chen et al. 2021, arXiv:2104.02057).</summary>
    /// <param name="rows">Patches from top to bottom.</param>
    /// <param name="columns">Patches from left to right.</param>
    /// <param name="hidden">Width of a vector; a multiple of 4.</param>
    /// <returns><c>[patch, hidden]</c>.</returns>
    public static Tensor Sinusoids(long rows, long columns, long hidden)
    {
        var steps = pow(tensor(10_000.0, ScalarType.Float64), -arange(0, hidden / 4, ScalarType.Float64) * 4 / hidden);
        Tensor Waves(long count)
        {
            var angles = arange(0, count, ScalarType.Float64).unsqueeze(1) * steps;
            return cat([angles.sin(), angles.cos()], 1);                                           // [count, hidden / 2]
        }

        var across = Waves(columns).unsqueeze(0).expand(rows, columns, -1);
        var down = Waves(rows).unsqueeze(1).expand(rows, columns, -1);
        return cat([across, down], -1).reshape(rows * columns, hidden).to(ScalarType.Float32);
    }
}
