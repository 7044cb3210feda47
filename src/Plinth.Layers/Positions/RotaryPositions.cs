using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Positions;

/// <summary>
/// Rotates query and key pairs by an angle that grows with the position, so that their product depends on the
/// distance (Su et al. 2021, arXiv:2104.09864). Halves are paired, as Llama-type checkpoints are laid out.
/// </summary>
/// <param name="headSize">Width of a head; even.</param>
/// <param name="theta">Base of the wavelengths, 10,000 in the paper.</param>
public sealed class RotaryPositions(int headSize, double theta = 10_000)
{
    /// <summary>Cosines and sines of the positions, computed in float32 and cast to the dtype of the vectors.</summary>
    /// <param name="positions">int64 <c>[batch, seq]</c> or <c>[1, seq]</c>.</param>
    /// <param name="dtype">Dtype of queries and keys.</param>
    /// <returns>Both <c>[batch, 1, seq, head]</c>.</returns>
    public (Tensor Cosines, Tensor Sines) Tables(Tensor positions, ScalarType dtype)
    {
        var exponents = arange(0, headSize, 2, ScalarType.Float32, positions.device) / headSize;
        var frequencies = pow(tensor(theta, ScalarType.Float32, positions.device), -exponents);
        var angles = positions.unsqueeze(1).unsqueeze(-1).to(ScalarType.Float32) * frequencies; // [batch, 1, seq, head/2]
        var both = cat([angles, angles], -1);
        return (both.cos().to(dtype), both.sin().to(dtype));
    }

    /// <summary>Rotates queries or keys.</summary>
    /// <param name="vectors"><c>[batch, heads, seq, head]</c>.</param>
    /// <param name="cosines">From <see cref="Tables"/>.</param>
    /// <param name="sines">From <see cref="Tables"/>.</param>
    public static Tensor Rotate(Tensor vectors, Tensor cosines, Tensor sines)
    {
        var half = vectors.size(-1) / 2;
        var turned = cat([-vectors.narrow(-1, half, half), vectors.narrow(-1, 0, half)], -1);
        return (vectors * cosines) + (turned * sines);
    }
}
