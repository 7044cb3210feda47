using Plinth.Layers.Norms;
using static TorchSharp.torch;

namespace Plinth.Layers.Blocks;

/// <summary>What flows from part to part of a transformer: vectors, and the change that the last part made to them, which the next norm adds in the walk over memory that it takes anyway.</summary>
/// <param name="Vectors"><c>[batch, seq, hidden]</c>.</param>
/// <param name="Change">The same, still to be added; or null.</param>
public readonly record struct Residual(Tensor Vectors, Tensor? Change = null)
{
    /// <summary>The vectors with the change.</summary>
    public Tensor Sum() => Change is null ? Vectors : Vectors + Change;

    /// <summary>The vectors with the change, and their norm.</summary>
    /// <param name="norm">The norm, or null where there is none.</param>
    public (Tensor Vectors, Tensor Normed) Normed(Norm? norm)
    {
        if (norm is not null && Change is not null)
        {
            return norm.AddAndNorm(Vectors, Change);
        }

        var sum = Sum();
        return (sum, norm is null ? sum : norm.forward(sum));
    }

    /// <summary>The same beyond the current dispose scope.</summary>
    public Residual MoveToOuterDisposeScope() => new(Vectors.MoveToOuterDisposeScope(), Change?.MoveToOuterDisposeScope());
}
