using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Positions;

/// <summary>
/// Rotates query and key pairs by an angle that grows with the position, so that their product depends on the
/// distance (Su et al. 2021, arXiv:2104.09864).
/// </summary>
/// <param name="headSize">Width of a head.</param>
/// <param name="options">Wavelengths and which components are paired.</param>
public sealed class RotaryPositions(int headSize, RotaryOptions options)
{
    private readonly int size = options.Size ?? headSize;

    /// <summary>Cosines and sines of the positions, computed in float32 and cast to the dtype of the vectors.</summary>
    /// <param name="positions">int64 <c>[batch, seq]</c> or <c>[1, seq]</c>.</param>
    /// <param name="dtype">Dtype of queries and keys.</param>
    /// <param name="length">Positions of this pass, cached ones included.</param>
    /// <returns>Both <c>[batch, 1, seq, rotated]</c>.</returns>
    public RotaryTables Tables(Tensor positions, ScalarType dtype, long length)
    {
        double[] plain = [.. Enumerable.Range(0, size / 2).Select(i => Math.Pow(options.Theta, -2.0 * i / size))];
        var frequencies = options.Scaling?.Frequencies(plain, options.Theta, length) ?? plain;
        var angles = positions.unsqueeze(1).unsqueeze(-1).to(ScalarType.Float32)
            * tensor([.. frequencies.Select(f => (float)f)], device: positions.device);          // [batch, 1, seq, rotated/2]
        var both = options.IsInterleaved ? angles.repeat_interleave(2, -1) : cat([angles, angles], -1);
        var magnitude = options.Scaling?.Magnitude ?? 1;
        return new((both.cos() * magnitude).to(dtype), (both.sin() * magnitude).to(dtype), options.IsInterleaved);
    }
}

/// <summary>What one pass rotates by.</summary>
/// <param name="Cosines"><c>[batch, 1, seq, rotated]</c>.</param>
/// <param name="Sines"><c>[batch, 1, seq, rotated]</c>.</param>
/// <param name="IsInterleaved">Whether neighbours are paired.</param>
public sealed record RotaryTables(Tensor Cosines, Tensor Sines, bool IsInterleaved)
{
    /// <summary>Rotates queries or keys; components beyond the rotated ones pass unchanged.</summary>
    /// <param name="vectors"><c>[batch, heads, seq, head]</c>.</param>
    public Tensor Rotate(Tensor vectors)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        if (IsInterleaved || !RotaryKernel.Suits(vectors, Cosines, Sines))
        {
            return ByTorch(vectors);
        }

        return is_grad_enabled() && vectors.requires_grad ? Recorded.apply(vectors, this) : RotaryKernel.Rotate(vectors, Cosines, Sines, isBack: false);
    }

    private Tensor ByTorch(Tensor vectors)
    {
        var (size, rotated) = (vectors.size(-1), Cosines.size(-1));
        if (rotated == size)
        {
            return Turn(vectors);
        }

        return cat([Turn(vectors.narrow(-1, 0, rotated)), vectors.narrow(-1, rotated, size - rotated)], -1);
    }

    private Tensor Turn(Tensor vectors) => (vectors * Cosines) + (Partners(vectors) * Sines);

    private Tensor Partners(Tensor vectors)
    {
        var size = vectors.size(-1);
        if (!IsInterleaved)
        {
            return cat([-vectors.narrow(-1, size / 2, size / 2), vectors.narrow(-1, 0, size / 2)], -1);
        }

        var pairs = vectors.reshape([.. vectors.shape[..^1], size / 2, 2]);
        return stack([-pairs.select(-1, 1), pairs.select(-1, 0)], -1).reshape(vectors.shape);
    }

    private sealed class Recorded : RecordedOperation<Recorded>
    {
        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            var (vectors, tables) = ((Tensor)inputs[0], (RotaryTables)inputs[1]);
            context.save_for_backward([tables.Cosines, tables.Sines]);
            return RotaryKernel.Rotate(vectors, tables.Cosines, tables.Sines, isBack: false);
        }

        // A rotation is linear: its gradient is the rotation back.
        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient)
        {
            var saved = context.get_saved_variables();
            var (cosines, sines) = (saved[0], saved[1]);
            if (is_grad_enabled())
            {
                // Gradients of gradients need operations that record.
                return [new RotaryTables(cosines, -sines, IsInterleaved: false).ByTorch(gradient), null];
            }

            return [RotaryKernel.Rotate(gradient.stride(-1) == 1 ? gradient : gradient.contiguous(), cosines, sines, isBack: true), null];
        }
    }
}
