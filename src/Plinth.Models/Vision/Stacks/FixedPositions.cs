using Plinth.Core;
using Plinth.Layers.Patches;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Stacks;

/// <summary>Tables of positions that are stored with a model and not trained.</summary>
internal static class FixedPositions
{
    /// <summary>Writes sines and cosines behind a class token whose position is 0; nothing happens while weights are not drawn.</summary>
    /// <param name="table">Filled in place; <c>[1, 1 + patch, hidden]</c>.</param>
    /// <param name="rows">Patches from top to bottom.</param>
    /// <param name="columns">Patches from left to right.</param>
    public static void Fill(Tensor table, int rows, int columns)
    {
        if (!FreshWeights.AreDrawn)
        {
            return;
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        table.zero_();
        table.narrow(1, 1, (long)rows * columns).copy_(PatchGrid.Sinusoids(rows, columns, table.size(-1)).unsqueeze(0));
    }
}
