using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>
/// Rounding up or down by chance, the likelier to where a number is nearer (Gupta et al. 2015, arXiv:1502.02551). Many small changes of a number in few
/// bits then add up as they should, where rounding to the nearest would lose each of them.
/// </summary>
internal static class StochasticRounding
{
    // A bfloat16 is the upper half of a float32: adding a random lower half carries into it as often as the half that is cut off says.
    private const int LowerHalf = 0xFFFF;

    /// <summary>Writes numbers rounded so.</summary>
    /// <param name="exact">Float32 <c>[...]</c>.</param>
    /// <param name="rounded">Where they go; bfloat16 <c>[...]</c>.</param>
    /// <param name="seed">Decides, and must be another one each time.</param>
    public static void Copy(Tensor exact, Tensor rounded, long seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, exact.device);
        var chance = randint(0, LowerHalf + 1, exact.shape, ScalarType.Int32, exact.device, generator: generator);
        var bits = BitsAs(exact, ScalarType.Int32).add(chance).bitwise_and(tensor(~LowerHalf, device: exact.device));
        rounded.copy_(BitsAs(bits, ScalarType.Float32));
    }

    private static Tensor BitsAs(Tensor numbers, ScalarType type)
    {
        var call = default(AtenCall);
        call.Push(numbers).Push((long)type).Invoke("aten::view", "dtype");
        return call.Result();
    }
}
