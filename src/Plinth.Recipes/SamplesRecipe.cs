using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Recipes;

/// <summary>What samples may have in common, so that they belong on one side of a split.</summary>
public enum SampleGroup
{
    /// <summary>Nothing: each sample for itself.</summary>
    None,

    /// <summary>The words of the text: several translations of one sentence, for example.</summary>
    Text,

    /// <summary>The words of the second text: several questions on one paragraph, for example.</summary>
    Pair,

    /// <summary>The name of the picture, which alone says where it belongs: the same pictures are held out whatever the seed, the order and the captions.</summary>
    Picture,
}

/// <summary>Labeled samples in files.</summary>
public sealed record SamplesRecipe
{
    /// <summary>File to train on: JSONL, CSV, TSV, CoNLL columns, SQuAD's JSON or conversations; for pictures what <see cref="Images"/> says.</summary>
    public required string Train { get; init; }

    /// <summary>File to choose the best checkpoint by; null keeps a share of the training file.</summary>
    public string? Validation { get; init; }

    /// <summary>File for the final score; null keeps a share of the training file, or scores the validation samples.</summary>
    public string? Test { get; init; }

    /// <summary>Share of the training file kept for validation when there is no file for it.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Share of the training file kept for the final score when there is no file for it.</summary>
    public double TestShare { get; init; }

    /// <summary>
    /// At most so many samples are learnt from, classes in proportion, as if no more had been labelled; null takes all. Of one seed fewer samples are
    /// among more.
    /// </summary>
    public int? TrainingSamples { get; init; }

    /// <summary>What keeps samples together when shares are taken; shares count groups then.</summary>
    public SampleGroup GroupBy { get; init; }

    /// <summary>Whether of each group that is kept only the first sample stays.</summary>
    public bool OnePerGroup { get; init; }

    /// <summary>How the files are to be read, where their extension does not say it.</summary>
    public SampleFormat Format { get; init; } = new();

    /// <summary>Template of conversations (<c>.jinja</c>, or a folder that has one); null takes the checkpoint's own.</summary>
    public string? Template { get; init; }

    /// <summary>Which column or field holds which part of a sample.</summary>
    public SampleColumns Columns { get; init; } = new() { Label = "label" };

    /// <summary>How pictures are read, for tasks on pictures; then the paths above are folders, archives or tables of pictures.</summary>
    public Vision.ImageDataRecipe? Images { get; init; }

    /// <summary>Refuses impossible values.</summary>
    /// <exception cref="RecipeException">A value is out of range, or two exclude each other.</exception>
    internal void Check()
    {
        if (ValidationShare is not (> 0 and < 1))
        {
            throw new RecipeException($"data.validation_share = {ValidationShare} must be between 0 and 1.");
        }

        if (TestShare is not (>= 0 and < 1))
        {
            throw new RecipeException($"data.test_share = {TestShare} must be 0 or more and below 1.");
        }

        if (TrainingSamples < 1)
        {
            throw new RecipeException($"data.training_samples = {TrainingSamples} must be 1 or more.");
        }

        if (Test is not null && TestShare > 0)
        {
            throw new RecipeException("data.test and data.test_share exclude each other: the test samples come from a file, or from a share of the training file.");
        }
    }
}
