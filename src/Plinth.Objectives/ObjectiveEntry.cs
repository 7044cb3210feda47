using Plinth.Core;

namespace Plinth.Objectives;

/// <summary>One objective of the catalog, with what a recipe needs to make it.</summary>
/// <param name="Name">Its name in recipes.</param>
/// <param name="Summary">What it learns, in one sentence.</param>
/// <param name="Head">The head that its model needs.</param>
/// <param name="OptionsType">Record of its options, with defaults; null when it has none.</param>
/// <param name="Create">Makes it; the options are of <paramref name="OptionsType"/>, or null for the defaults.</param>
public sealed record ObjectiveEntry(
    string Name, string Summary, HeadKind Head, Type? OptionsType, Func<Model, TokenRoles, object?, Objective> Create)
{
    /// <summary>Whether its batches are pairs of texts.</summary>
    public bool NeedsPairs { get; init; }

    /// <summary>What its samples are made of: texts, pictures, or pictures with captions.</summary>
    public Modality Input { get; init; } = Modality.Text;

    /// <summary>Differently changed copies of each picture that it wants, by its options; one by default.</summary>
    public Func<object?, int> ViewCount { get; init; } = _ => 1;

    /// <summary>Whether samples of one batch are compared with each other, so that a batch in parts is another task than the whole.</summary>
    public bool ComparesSamples { get; init; }
}
