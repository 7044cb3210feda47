using Plinth.Core;

namespace Plinth.Recipes.Pipelines;

/// <summary>What is asked of every picture of a run.</summary>
public static class PictureQuestions
{
    /// <summary>The sample with what it does not bring by itself.</summary>
    /// <param name="sample">The picture.</param>
    /// <param name="question">A question about it, or null.</param>
    /// <param name="choices">Texts that are tried on it, or null.</param>
    /// <param name="other">A picture to compare it with, or null.</param>
    public static ImageSample Asked(ImageSample sample, string? question, IReadOnlyList<string>? choices, ImageSource? other = null)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return sample with
        {
            Choices = sample.Choices ?? choices,
            Pair = sample.Pair ?? other,
            Questions = sample.Questions.Count == 0 && question is not null ? [new(question, [])] : sample.Questions,
        };
    }
}
