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

/// <summary>Puts data into parts.</summary>
internal static class DataSplits
{
    /// <summary>Part of whatever has that name, always the same: 80 % train, 5 % validation, 15 % test.</summary>
    public static DataSplit Of(string name, int seed) => (StableHash.Of(name, seed) % 100) switch
    {
        < 80 => DataSplit.Train,
        < 85 => DataSplit.Validation,
        _ => DataSplit.Test,
    };
}
