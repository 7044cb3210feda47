using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Tasks;

/// <summary>One task of the catalog, with what a recipe needs to make it.</summary>
/// <param name="Name">Its name in recipes.</param>
/// <param name="Summary">What it answers, in one sentence.</param>
/// <param name="Modality">What its samples are.</param>
/// <param name="Head">The head that its model needs; <see cref="HeadKind.None"/> for the bare backbone.</param>
/// <param name="OptionsType">Record of its options, with defaults.</param>
/// <param name="Create">Makes it; the processor is its modality's, the options are of <paramref name="OptionsType"/>, or null for the defaults.</param>
public sealed record TaskEntry(
    string Name, string Summary, Modality Modality, HeadKind Head, Type OptionsType, Func<Model, IProcessor, object?, ModelTask> Create)
{
    /// <summary>Whether the model has one output per class of the data set, so that the data set's classes have to be known first.</summary>
    public bool NeedsClasses { get; init; }

    /// <summary>Whether these classes are those of boxes in a picture, not of the sample.</summary>
    public bool UsesBoxes { get; init; }

    /// <summary>A task on texts.</summary>
    /// <typeparam name="TOptions">Record of its options, with defaults.</typeparam>
    internal static TaskEntry Text<TOptions>(string name, string summary, HeadKind head, Func<Model, Data.Text.Tokenizer, TOptions?, ModelTask> create) where TOptions : TaskOptions =>
        new(name, summary, Modality.Text, head, typeof(TOptions), (model, processor, options) => create(model, (Data.Text.Tokenizer)processor, (TOptions?)options));

    /// <summary>A task on pictures.</summary>
    /// <typeparam name="TOptions">Record of its options, with defaults.</typeparam>
    internal static TaskEntry Image<TOptions>(string name, string summary, HeadKind head, Func<Model, ImageProcessor, TOptions?, ModelTask> create) where TOptions : TaskOptions =>
        new(name, summary, Modality.Image, head, typeof(TOptions), (model, processor, options) => create(model, (ImageProcessor)processor, (TOptions?)options));

    /// <summary>A task on pictures and words.</summary>
    /// <typeparam name="TOptions">Record of its options, with defaults.</typeparam>
    internal static TaskEntry Pictures<TOptions>(string name, string summary, HeadKind head, Func<Model, PictureTextProcessor, TOptions?, ModelTask> create) where TOptions : TaskOptions =>
        new(name, summary, Modality.Text | Modality.Image, head, typeof(TOptions), (model, processor, options) => create(
            model,
            processor as PictureTextProcessor
                ?? throw new CheckpointException($"The task {name} is about pictures and words, and beside this '{model.Family.ModelType}' there is no {ImageProcessor.FileName}. Put that of the checkpoint there."),
            (TOptions?)options));
}
