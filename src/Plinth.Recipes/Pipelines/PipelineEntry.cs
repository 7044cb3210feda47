using Plinth.Core;

namespace Plinth.Recipes.Pipelines;

/// <summary>One pipeline of the catalog.</summary>
/// <param name="Name">Its name on the command line, in snake_case.</param>
/// <param name="Summary">What goes in and what comes out, in one sentence.</param>
/// <param name="Modality">What it answers.</param>
/// <param name="OptionsType">Record of its options, with defaults.</param>
/// <param name="Load">Loads it of a folder; the options are of <paramref name="OptionsType"/>, or null for the defaults; the last is the batch size.</param>
public sealed record PipelineEntry(string Name, string Summary, Modality Modality, Type OptionsType, Func<string, object?, int, TaskPipeline> Load);
