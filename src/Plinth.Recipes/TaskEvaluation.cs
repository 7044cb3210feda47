using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;
using Plinth.Data.Vision;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Vision;
using Plinth.Tasks;

namespace Plinth.Recipes;

/// <summary>What evaluations can be told beside the columns.</summary>
public sealed record TaskEvaluationOptions
{
    /// <summary>How pictures are read, each <c>key=value</c> with the keys of a recipe's <c>data.images</c>, for example <c>columns.captions=name</c>.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>The task's options, each <c>key=value</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>
    /// Folder of a run on pictures, or null. What it held out for its test is scored alone, and pictures are read, and the task is asked, as that run did where
    /// nothing else is said.
    /// </summary>
    public string? LikeRun { get; init; }
}

/// <summary>Scores an adapted model on labeled samples.</summary>
public static class TaskEvaluation
{
    /// <summary>Answers the samples and compares.</summary>
    /// <param name="task">Name of the task.</param>
    /// <param name="folder">Checkpoint or adapter.</param>
    /// <param name="data">File with samples; for a decoder also conversations, which its own chat template renders.</param>
    /// <param name="columns">Which column holds what; classes are matched by name with those of the model.</param>
    /// <param name="options">How pictures are read, and what the task is told; null for the defaults.</param>
    /// <exception cref="PlinthException">The folder or the file cannot be used.</exception>
    public static IReadOnlyDictionary<string, double> Run(string task, string folder, string data, SampleColumns columns, TaskEvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        options ??= new();
        var entry = TaskCatalog.Tasks[task];
        var run = options.LikeRun is { } like ? RunOf(like) : null;
        if (!entry.Modality.HasFlag(Modality.Image) && (run is not null || options.Images.Count > 0))
        {
            throw new BadInputException($"The task {task} is about texts: --images and --run are for pictures. Leave them out.");
        }

        if (run is not null && columns != new SampleColumns())
        {
            throw new BadInputException("--run reads pictures as the run did, so --column has no place beside it. Change single columns with --images columns.captions=NAME.");
        }

        using var model = TaskModel.Load(task, folder, TaskOptionsOf(entry, run?.Recipe, options.Settings));
        if (entry.Modality.HasFlag(Modality.Image))
        {
            return new TaskEvaluator(model.Task, Pictures(model, data, columns, options, run)).Evaluate();
        }

        if (entry.Head == HeadKind.CausalLanguageModeling && ChatFiles.IsChat(data))
        {
            return new TaskEvaluator(model.Task, ChatFiles.ReadSamples(data, new(RecipeChat.Template(folder, model.Tokenizer), model.Tokenizer))).Evaluate();
        }

        var named = entry.NeedsClasses && columns.Value is null ? columns with { LabelNames = model.Model.Config.Labels } : columns;
        return new TaskEvaluator(model.Task, SampleFiles.Read(data, named).Samples).Evaluate();
    }

    private static IReadOnlyList<ImageSample> Pictures(TaskModel model, string data, SampleColumns columns, TaskEvaluationOptions options, FinishedRun? run)
    {
        // A file is measured by itself: of the run's reading everything holds but its further tables.
        var reading = (run?.Recipe.Data.Images ?? new() { Columns = ColumnsOf(model.Entry, columns) }) with { Also = [] };
        var images = RecipeReader.Changed(reading, options.Images);
        var known = model.Entry.NeedsClasses && images.Columns.Value is null ? model.Model.Config.Labels : null;
        var samples = PictureFiles.Read(data, model.Entry.UsesBoxes ? images.OfBoxes() : images, known, known).Samples;
        if (run is null)
        {
            return samples;
        }

        IReadOnlyList<ImageSample> tested = [.. samples.Where(sample => run.Tested.Contains(PictureFiles.NameBelow(sample.Image.Name, data, images)))];
        return tested.Count > 0 ? tested
            : throw new BadInputException($"None of the {samples.Count:N0} pictures of {data} is among the {run.Tested.Count:N0} that {options.LikeRun} was tested on.");
    }

    private static ImageColumns ColumnsOf(TaskEntry entry, SampleColumns columns) => entry.UsesBoxes
        ? new() { Image = ImageColumns.PictureIn(columns), Boxes = columns.Label ?? ImageColumns.OfBoxes.Boxes }
        : new() { Image = ImageColumns.PictureIn(columns), Label = columns.Label, LabelSet = columns.LabelSet, Value = columns.Value };

    private static object? TaskOptionsOf(TaskEntry entry, FinetuningRecipe? recipe, IReadOnlyList<string> settings) =>
        recipe?.Task.Type == entry.Name ? RecipeReader.ReadSettings(recipe.Task.Bind(entry.OptionsType), settings)
        : settings.Count > 0 ? RecipeReader.ReadSettings(entry.OptionsType, settings) : null;

    private static FinishedRun RunOf(string folder)
    {
        var files = new RunFiles(folder);
        if (!File.Exists(files.Recipe) || !File.Exists(files.Test))
        {
            throw new BadInputException($"{folder} is no folder of a fine-tuning run: it lacks {Path.GetFileName(files.Recipe)} or {Path.GetFileName(files.Test)}. Name the folder that holds the run's checkpoint.");
        }

        var recipe = RecipeReader.Read<FinetuningRecipe>(files.Recipe);
        return new(recipe, ImageSamples.TestedNames(files.Test, recipe.Data));
    }

    private sealed record FinishedRun(FinetuningRecipe Recipe, IReadOnlySet<string> Tested);
}
