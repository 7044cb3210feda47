using Plinth.Core;

namespace Plinth.Tasks;

/// <summary>How answers are found in a context.</summary>
public sealed record QuestionAnsweringOptions : TextTaskOptions
{
    /// <summary>
    /// Tokens that two neighbouring windows of a long context share (the document stride of the published SQuAD set-ups), at most
    /// half of a window; 0 shares none, and an answer on the seam is then lost.
    /// </summary>
    public int Overlap { get; init; } = 128;

    /// <summary>Longest question in tokens; a longer one loses its end.</summary>
    public int MaximumQuestionLength { get; init; } = 64;

    /// <summary>Longest answer in tokens.</summary>
    public int MaximumAnswerLength { get; init; } = 30;

    /// <summary>Starts and ends per window that are combined; more finds unlikely answers too.</summary>
    public int CandidateCount { get; init; } = 20;

    /// <summary>Answers that are kept, best first; at most <see cref="CandidateCount"/>.</summary>
    public int AnswerCount { get; init; } = 5;

    /// <summary>Whether "the context does not say" is an answer.</summary>
    public bool CanAbstain { get; init; }

    /// <summary>By how much the score of abstaining must exceed the best answer's; higher abstains less.</summary>
    public double AbstainMargin { get; init; }

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        if (Overlap < 0)
        {
            throw new RecipeException($"overlap = {Overlap} must not be negative.");
        }

        if (MaximumQuestionLength <= 0 || MaximumAnswerLength <= 0 || CandidateCount <= 0 || AnswerCount <= 0)
        {
            throw new RecipeException("maximum_question_length, maximum_answer_length, candidate_count and answer_count must be at least 1.");
        }
    }
}
