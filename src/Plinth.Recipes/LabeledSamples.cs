using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;
using Plinth.Recipes.Vision;
using Plinth.Tasks;

namespace Plinth.Recipes;

/// <summary>Labeled samples in three parts.</summary>
/// <param name="Training">Samples to learn from.</param>
/// <param name="Validation">Samples to choose the best state by.</param>
/// <param name="Test">Samples for the final score.</param>
/// <param name="Labels">Names of the classes, of samples or of boxes in them; empty where the labels are no classes.</param>
public sealed record LabeledSamples(
    IReadOnlyList<Sample> Training, IReadOnlyList<Sample> Validation, IReadOnlyList<Sample> Test, IReadOnlyList<string> Labels)
{
    /// <summary>Writes the test samples into a file, so that the final score can be measured again.</summary>
    public required Action<string> WriteTest { get; init; }

    /// <summary>Reads the files of a recipe.</summary>
    /// <param name="recipe">The files.</param>
    /// <param name="seed">Chooses the held-out samples when there is no file for them.</param>
    /// <param name="encoder">Template and tokenizer, where the files hold conversations.</param>
    /// <param name="task">What is to be learnt; null for a task on texts.</param>
    /// <exception cref="BadInputException">A file is missing or malformed, or a class of one file is unknown in the training file.</exception>
    public static LabeledSamples Read(SamplesRecipe recipe, int seed, ChatEncoder? encoder = null, TaskEntry? task = null)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Check();
        if (task is not null && task.Modality.HasFlag(Modality.Image))
        {
            return ImageSamples.Read(recipe, seed, task.UsesBoxes).Limited(recipe.TrainingSamples, seed);
        }

        if (recipe.Images is not null)
        {
            throw new RecipeException("data.images is for tasks on pictures. Leave it out.");
        }

        return (encoder is null ? Rows(recipe, seed) : Conversations(recipe, seed, encoder)).Limited(recipe.TrainingSamples, seed);
    }

    /// <summary>All texts that are learnt from, to train a tokenizer on.</summary>
    public IEnumerable<string> TrainingTexts() => Training.SelectMany(sample => (IEnumerable<string>)(sample switch
    {
        TextSample text => [text.Text, .. text.Pair is { } pair ? (string[])[pair] : [], .. text.Choices ?? []],
        ImageSample image => [.. image.Captions, .. image.Questions.SelectMany(question => (IEnumerable<string>)[question.Question, .. question.Answers])],
        _ => (string[])[],
    }));

    private LabeledSamples Limited(int? count, int seed) => count is { } most ? this with { Training = SampleSubset.Take(Training, most, seed) } : this;

    private static LabeledSamples Rows(SamplesRecipe recipe, int seed)
    {
        var training = SampleFiles.Read(recipe.Train, recipe.Columns, null, recipe.Format);
        var known = training.LabelNames.Count > 0 ? recipe.Columns with { LabelNames = training.LabelNames } : recipe.Columns;
        var (learnt, validation, test) = SampleSplit<TextSample>.Make(training.Samples, recipe, Group(recipe), seed)
            .WithFiles(recipe, path => SampleFiles.Read(path, known, null, recipe.Format).Samples);
        return new(learnt, validation, test, training.LabelNames) { WriteTest = path => SampleWriter.Write(path, test, training.LabelNames) };
    }

    private static LabeledSamples Conversations(SamplesRecipe recipe, int seed, ChatEncoder encoder)
    {
        var (learnt, validation, test) = SampleSplit<ChatConversation>.Make([.. ChatFiles.Read(recipe.Train)], recipe, null, seed).WithFiles(recipe, path => [.. ChatFiles.Read(path)]);
        IReadOnlyList<TextSample> Encoded(IReadOnlyList<ChatConversation> part) => [.. ChatFiles.Samples(part, encoder)];
        return new(Encoded(learnt), Encoded(validation), Encoded(test), []) { WriteTest = path => ChatFiles.Write(path, test) };
    }

    // The words alone count, so that "Run!" and "Run." never stand on both sides.
    private static Func<TextSample, ulong>? Group(SamplesRecipe recipe) => recipe.GroupBy switch
    {
        SampleGroup.Text => sample => StableHash.OfWords(sample.Text),
        SampleGroup.Pair => sample => StableHash.OfWords(sample.Pair ?? throw new RecipeException("data.group_by = pair, but the samples have no second text. Name its column.")),
        SampleGroup.Picture => throw new RecipeException("data.group_by = picture is for tasks on pictures. Group texts by text or pair."),
        _ => null,
    };
}
