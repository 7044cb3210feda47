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
    /// <param name="options">The task's options, of its record, or null.</param>
    /// <exception cref="PlinthException">The folder or the file cannot be used.</exception>
    public static IReadOnlyDictionary<string, double> Run(string task, string folder, string data, SampleColumns columns, object? options = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        using var model = TaskModel.Load(task, folder, options);
        if (model.Entry.Head == HeadKind.CausalLanguageModeling && ChatFiles.IsChat(data))
        {
            return new TaskEvaluator(model.Task, ChatFiles.ReadSamples(data, new(RecipeChat.Template(folder, model.Tokenizer), model.Tokenizer))).Evaluate();
        }

        if (model.Entry.Modality == Modality.Image)
        {
            var names = model.Entry.NeedsClasses && columns.Value is null ? model.Model.Config.Labels : null;
            var images = new ImageColumns { Image = ImageColumns.PictureIn(columns), Label = columns.Label, LabelSet = columns.LabelSet, Value = columns.Value };
            return new TaskEvaluator(model.Task, ImageSets.Read(data, images, options: new() { LabelNames = names }).Samples).Evaluate();
        }

        var named = model.Entry.NeedsClasses && columns.Value is null ? columns with { LabelNames = model.Model.Config.Labels } : columns;
        return new TaskEvaluator(model.Task, SampleFiles.Read(data, named).Samples).Evaluate();
    }
}
