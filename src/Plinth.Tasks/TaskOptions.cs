using Plinth.Core;

namespace Plinth.Tasks;

/// <summary>What all tasks can be told.</summary>
public record TaskOptions
{
    /// <summary>Whether only the head learns; the backbone then needs no gradients.</summary>
    public bool FreezeBackbone { get; init; }

    /// <summary>Samples that are answered at once; more is faster up to the size of the device's memory.</summary>
    public int AnswerBatchSize { get; init; } = 32;

    /// <summary>Refuses impossible values.</summary>
    /// <exception cref="RecipeException">A value is out of range.</exception>
    public virtual void Validate()
    {
        if (AnswerBatchSize <= 0)
        {
            throw new RecipeException($"answer_batch_size = {AnswerBatchSize} must be at least 1.");
        }
    }
}
