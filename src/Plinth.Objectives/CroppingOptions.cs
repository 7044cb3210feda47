using Plinth.Core;

namespace Plinth.Objectives;

/// <summary>How texts are cropped and tokens hidden by <see cref="MaskedCrops"/>.</summary>
public sealed record CroppingOptions : MaskingOptions
{
    /// <summary>Least share of a text that a crop keeps, over 0 up to 1.</summary>
    public double LeastShare { get; init; } = 0.5;

    /// <summary>Greatest share of a text that a crop keeps, from the least up to 1.</summary>
    public double GreatestShare { get; init; } = 1;

    /// <summary>Divides the cosines between crops, over 0.</summary>
    public double Temperature { get; init; } = 0.05;

    /// <summary>Weight of finding the other crop beside that of predicting hidden tokens.</summary>
    public double MatchingWeight { get; init; } = 0.2;

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        if (LeastShare is not (> 0 and <= 1) || GreatestShare > 1 || GreatestShare < LeastShare)
        {
            throw new RecipeException($"least_share = {LeastShare} and greatest_share = {GreatestShare} must be over 0, at most 1, and in this order.");
        }

        if (Temperature is not (> 0 and <= 100) || MatchingWeight is not (>= 0 and <= 1000))
        {
            throw new RecipeException($"temperature = {Temperature} must be over 0, and matching_weight = {MatchingWeight} not negative.");
        }
    }
}
