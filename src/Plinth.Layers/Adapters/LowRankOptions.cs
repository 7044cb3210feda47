using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>Sizes of a LoRA.</summary>
public record LowRankOptions : ProjectionOptions
{
    /// <summary>Width between the two maps.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>Numerator of the factor on the change.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Probability of dropping an input component in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether the factor is alpha/√rank instead of alpha/rank, so that high ranks learn as fast as low ones (rsLoRA: Kalajdzievski 2023, arXiv:2312.03732).</summary>
    public bool IsRankStabilized { get; init; }

    /// <summary>The factor on the change.</summary>
    public double Scale => Alpha / (IsRankStabilized ? Math.Sqrt(Rank) : Rank);

    /// <inheritdoc />
    public override ProjectionAdapter Make(string projection, Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return new LowRankAdapter(weight.size(1), weight.size(0), Rank, Scale, Dropout);
    }
}

/// <summary>Sizes of a DoRA, which are those of the LoRA in it.</summary>
public sealed record DecomposedOptions : LowRankOptions
{
    /// <inheritdoc />
    public override ProjectionAdapter Make(string projection, Tensor weight) => new DecomposedAdapter((LowRankAdapter)base.Make(projection, weight), weight);
}
