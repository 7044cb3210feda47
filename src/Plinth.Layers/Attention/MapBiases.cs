using Plinth.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Attention;

/// <summary>A learned bias per head for each distance by rows and columns that a square window holds (Liu et al. 2021, arXiv:2103.14030, equation 4).</summary>
public sealed class MapBiases : nn.Module
{
    private readonly Parameter table;
    private readonly int size;

    /// <param name="size">Rows and columns of a window.</param>
    /// <param name="headCount">Attention heads.</param>
    public MapBiases(int size, int headCount)
        : base(nameof(MapBiases))
    {
        this.size = size;
        var distances = (2L * size) - 1;
        table = FreshWeights.Zeros(distances * distances, headCount);
        RegisterComponents();
    }

    /// <summary>The biases within a window.</summary>
    /// <param name="side">Rows and columns of the window; no more than those that the table is for.</param>
    /// <returns><c>[1, heads, query, key]</c>.</returns>
    public Tensor Biases(long side)
    {
        var distances = (2L * size) - 1;
        var count = side * side;
        var rows = new long[count * count];
        for (var query = 0L; query < count; query++)
        {
            for (var key = 0L; key < count; key++)
            {
                var (down, right) = ((query / side) - (key / side), (query % side) - (key % side));
                rows[(query * count) + key] = ((down + size - 1) * distances) + right + size - 1;
            }
        }

        return table.index_select(0, tensor(rows, device: table.device)).view(1, count, count, -1).permute(0, 3, 1, 2);
    }
}
