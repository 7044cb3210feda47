using Plinth.Core;

namespace Plinth.Tasks;

/// <summary>What all tasks on texts can be told.</summary>
public record TextTaskOptions : TaskOptions
{
    /// <summary>Longest sequence in tokens, special tokens included; null for as long as the model allows.</summary>
    public int? MaximumLength { get; init; }

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        if (MaximumLength is <= 0)
        {
            throw new RecipeException($"maximum_length = {MaximumLength} must be at least 1.");
        }
    }
}
