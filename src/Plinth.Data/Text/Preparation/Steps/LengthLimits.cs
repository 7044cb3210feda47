namespace Plinth.Data.Text.Preparation;

/// <summary>Leaves out documents that are too short or too long.</summary>
public sealed record LengthLimits : PreparationStep
{
    /// <summary>Fewest characters (UTF-16 code units); 0 takes any.</summary>
    public int MinimumCharacters { get; init; } = 100;

    /// <summary>Most characters; one that is longer is left out, not cut.</summary>
    public int MaximumCharacters { get; init; } = 10_000_000;

    /// <inheritdoc />
    public override StepWork Open()
    {
        Require(MinimumCharacters >= 0 && MaximumCharacters >= MinimumCharacters,
            $"{Name}: minimum_characters = {MinimumCharacters} must be 0 or more, and maximum_characters = {MaximumCharacters} not below it.");
        return new PlainWork(Examine);
    }

    private void Examine(Draft draft)
    {
        if (draft.Text.Length < MinimumCharacters)
        {
            draft.Reject("too_short", $"{draft.Text.Length} characters; at least {MinimumCharacters} are kept.");
        }
        else if (draft.Text.Length > MaximumCharacters)
        {
            draft.Reject("too_long", $"{draft.Text.Length} characters; at most {MaximumCharacters} are kept.");
        }
    }
}
