using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Tasks;

/// <summary>One task of the catalog, with what a recipe needs to make it.</summary>
/// <param name="Name">Its name in recipes.</param>
/// <param name="Summary">What it answers, in one sentence.</param>
/// <param name="Head">The head that its model needs; <see cref="HeadKind.None"/> for the bare backbone.</param>
/// <param name="OptionsType">Record of its options, with defaults.</param>
/// <param name="Create">Makes it; the options are of <paramref name="OptionsType"/>, or null for the defaults.</param>
public sealed record TaskEntry(
    string Name, string Summary, HeadKind Head, Type OptionsType, Func<Model, Tokenizer, object?, ModelTask> Create)
{
    /// <summary>Whether the model has one output per class of the data set, so that the data set's classes have to be known first.</summary>
    public bool NeedsClasses { get; init; }
}
