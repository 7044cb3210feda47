using Plinth.Core;
using Plinth.Recipes.Binding;

namespace Plinth.Recipes.Pipelines;

/// <summary>One pipeline of the catalog.</summary>
/// <param name="Name">Its name on the command line, in snake_case.</param>
/// <param name="Summary">What goes in and what comes out, in one sentence.</param>
/// <param name="Modality">What it answers.</param>
/// <param name="OptionsType">Record of its options, with defaults.</param>
/// <param name="Load">Loads it of a folder; the options are of <paramref name="OptionsType"/>, or null for the defaults; the last is the batch size.</param>
public sealed record PipelineEntry(string Name, string Summary, Modality Modality, Type OptionsType, Func<string, object?, int, TaskPipeline> Load)
{
    /// <summary>Whether the second part of a sample is a picture too.</summary>
    public bool ComparesPictures { get; init; }

    /// <summary>The options that hold for a folder where nothing else is said.</summary>
    public Func<string, object> Defaults { get; init; } = _ => Activator.CreateInstance(OptionsType)!;

    /// <summary>The options for a folder: its own, changed by settings.</summary>
    /// <param name="folder">Checkpoint or adapter.</param>
    /// <param name="settings">Each <c>key=value</c>.</param>
    /// <exception cref="PlinthException">A key is unknown, a value of the wrong type, or the folder asks for what is not supported.</exception>
    public object Options(string folder, IReadOnlyList<string> settings) => RecipeReader.ReadSettings(Defaults(folder), settings);
}
