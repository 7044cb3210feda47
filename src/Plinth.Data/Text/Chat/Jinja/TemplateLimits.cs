namespace Plinth.Data.Text.Chat;

/// <summary>How much one rendering may use. A template comes with a checkpoint, so it is a stranger's program.</summary>
public sealed record TemplateLimits
{
    /// <summary>Evaluations, items and comparisons.</summary>
    public long Steps { get; init; } = 5_000_000;

    /// <summary>Characters of all texts that are made on the way; 32 for each character of the input come on top.</summary>
    public long Characters { get; init; } = 64L << 20;

    /// <summary>Macros and recursive loops within each other.</summary>
    public int Depth { get; init; } = 100;

    /// <summary>Longest time.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(10);
}
