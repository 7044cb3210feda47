using Plinth.Core;
using Plinth.Layers.Losses;

namespace Plinth.Tasks;

/// <summary>Options of tasks whose answer is a new text.</summary>
public sealed record SequenceToSequenceOptions : TextTaskOptions, ILossShape
{
    /// <summary>Longest written text in tokens, special tokens included.</summary>
    public int MaximumTargetLength { get; init; } = 128;

    /// <summary>Hypotheses kept while writing; 1 takes the most probable token each time.</summary>
    public int BeamCount { get; init; } = 1;

    /// <summary>What is put before each text, as T5 was trained: <c>translate English to French: </c>.</summary>
    public string Prefix { get; init; } = "";

    /// <inheritdoc />
    public double LabelSmoothing { get; init; }

    /// <inheritdoc />
    public double NormalizerPenalty { get; init; }

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        LossShape.Validate(this);
        if (MaximumTargetLength < 2)
        {
            throw new RecipeException($"maximum_target_length = {MaximumTargetLength} must be at least 2.");
        }

        if (BeamCount < 1)
        {
            throw new RecipeException($"beam_count = {BeamCount} must be at least 1.");
        }
    }
}
