using Plinth.Layers.Losses;

namespace Plinth.Tasks;

/// <summary>How a decoder learns answers.</summary>
public sealed record CausalFinetuningOptions : TextTaskOptions, ILossShape
{
    /// <inheritdoc />
    public double LabelSmoothing { get; init; }

    /// <inheritdoc />
    public double NormalizerPenalty { get; init; }

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        LossShape.Validate(this);
    }
}
