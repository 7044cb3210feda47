using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;
using Plinth.Data.Vision;

namespace Plinth.Recipes;

/// <summary>Scores an adapted model on labeled samples.</summary>
public static class TaskEvaluation
{
    /// <summary>Answers the samples and compares.</summary>
    /// <param name="task">Name of the task.</param>
    /// <param name="folder">Checkpoint or adapter.</param>
    /// <param name="data">File with samples; for a decoder also conversations, which its own chat template renders.</param>
    /// <param name="columns">Which column holds what; classes are matched by name with those of the model.</param>
    /// <param name="images">The folder or zip archive in which pictures lie that the file names; its own folder when left out.</param>
    /// <exception cref="PlinthException">The folder or the file cannot be used.</exception>
    public static IReadOnlyDictionary<string, double> Run(string task, string folder, string data, SampleColumns columns, string? images = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        using var model = TaskModel.Load(task, folder);
        if (model.Entry.Head == HeadKind.CausalLanguageModeling && ChatFiles.IsChat(data))
        {
            return new TaskEvaluator(model.Task, ChatFiles.ReadSamples(data, new(RecipeChat.Template(folder, model.Tokenizer), model.Tokenizer))).Evaluate();
        }

        if (model.Entry.Modality == Modality.Image)
        {
            return new TaskEvaluator(model.Task, Pictures(model, data, columns, images)).Evaluate();
        }

        if (images is not null)
        {
            throw new BadInputException($"The task {task} is about texts and has no pictures: leave out their folder '{images}'.");
        }

        var named = model.Entry.NeedsClasses && columns.Value is null ? columns with { LabelNames = model.Model.Config.Labels } : columns;
        return new TaskEvaluator(model.Task, SampleFiles.Read(data, named).Samples).Evaluate();
    }

    private static IReadOnlyList<ImageSample> Pictures(TaskModel model, string data, SampleColumns columns, string? folder)
    {
        var picture = ImageColumns.PictureIn(columns);
        if (model.Entry.UsesBoxes)
        {
            var ofBoxes = new ImageColumns { Image = picture, Boxes = columns.Label ?? ImageColumns.OfBoxes.Boxes };
            return ImageSets.Read(data, ofBoxes, folder, new() { CategoryNames = model.Model.Config.Labels }).Samples;
        }

        var names = model.Entry.NeedsClasses && columns.Value is null ? model.Model.Config.Labels : null;
        var named = new ImageColumns { Image = picture, Label = columns.Label, LabelSet = columns.LabelSet, Value = columns.Value };
        return ImageSets.Read(data, named, folder, new() { LabelNames = names }).Samples;
    }
}
