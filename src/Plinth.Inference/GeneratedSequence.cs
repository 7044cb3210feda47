namespace Plinth.Inference;

/// <summary>Why a sequence has no further token.</summary>
public enum FinishReason
{
    /// <summary>An end token came; it is the last new id.</summary>
    EndToken,

    /// <summary>The asked number of tokens is reached.</summary>
    MaxNewTokens,

    /// <summary>The model's positions are used up.</summary>
    ContextLimit,

    /// <summary>The observer of the tokens said so.</summary>
    Stopped,

    /// <summary>What the constraint describes is whole, and nothing could follow it or no room is left.</summary>
    Complete,
}

/// <summary>A prompt with what was generated after it.</summary>
/// <param name="PromptIndex">Which of the prompts it continues.</param>
/// <param name="PromptIds">The prompt.</param>
/// <param name="NewIds">What follows it, the end token included.</param>
/// <param name="FinishReason">Why it ends.</param>
public sealed record GeneratedSequence(int PromptIndex, IReadOnlyList<int> PromptIds, IReadOnlyList<int> NewIds, FinishReason FinishReason)
{
    /// <summary>Of a beam: its log-probability in nats divided by its length to the power of the length penalty; else null.</summary>
    public double? Score { get; init; }

    /// <summary>Prompt and new tokens together.</summary>
    public IReadOnlyList<int> Ids => [.. PromptIds, .. NewIds];
}
