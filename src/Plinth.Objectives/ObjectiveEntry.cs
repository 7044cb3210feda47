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

    /// <summary>Whether texts of one batch are compared with each other, so that a batch in parts is another task than the whole.</summary>
    public bool ComparesTexts { get; init; }
}
