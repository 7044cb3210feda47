using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Positions;

/// <summary>
/// Adds to each attention score a penalty linear in the distance, with one slope per head
/// (ALiBi: Press et al. 2021, arXiv:2108.12409).
/// </summary>
public static class LinearBiases
{
    /// <summary>The slopes: a geometric series; head counts that are no power of two take every other one of the next series.</summary>
    /// <param name="headCount">Heads.</param>
    public static IReadOnlyList<double> Slopes(int headCount)
    {
        var power = 1 << (int)Math.Floor(Math.Log2(headCount));
        var slopes = Enumerable.Range(1, power).Select(i => Math.Pow(2, -8.0 * i / power));
        var between = Enumerable.Range(0, headCount - power).Select(i => Math.Pow(2, -8.0 * ((2 * i) + 1) / (2 * power)));
        return [.. slopes, .. between];
    }

    /// <summary>Biases for all pairs of positions.</summary>
    /// <param name="headCount">Heads.</param>
    /// <param name="queryPositions">int64 <c>[batch, query]</c>.</param>
    /// <param name="keyPositions">int64 <c>[batch, key]</c>.</param>
    /// <returns><c>[batch, heads, query, key]</c>.</returns>
    public static Tensor Biases(int headCount, Tensor queryPositions, Tensor keyPositions)
    {
        var slopes = tensor([.. Slopes(headCount).Select(s => (float)s)], device: queryPositions.device).view(1, -1, 1, 1);
        var distance = (queryPositions.unsqueeze(-1) - keyPositions.unsqueeze(-2)).abs().unsqueeze(1);
        return -slopes * distance.to(ScalarType.Float32);
    }
}
