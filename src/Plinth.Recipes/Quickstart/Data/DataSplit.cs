namespace Plinth.Recipes.Quickstart;

/// <summary>What a part of the data is for.</summary>
public enum DataSplit
{
    /// <summary>To learn from, with and without labels.</summary>
    Train,

    /// <summary>To choose by.</summary>
    Validation,

    /// <summary>To report on.</summary>
    Test,
}
