using Plinth.Core;

namespace Plinth.Models;

/// <summary>Checks of config.json that families share.</summary>
internal static class ConfigRules
{
    // No published model comes near; a larger number is a lie or a slip and would only exhaust memory.
    private const int LargestSize = 16_000_000;

    public static void Require(string source, bool holds, string field, object found, string supported)
    {
        if (!holds)
        {
            throw new CheckpointException($"{source}: {field} = {found} changes the computation and is not supported; only {supported} is.");
        }
    }

    public static void Sizes(string source, params (string Field, int Value)[] sizes)
    {
        foreach (var (field, value) in sizes)
        {
            if (value is <= 0 or > LargestSize)
            {
                throw new CheckpointException($"{source}: {field} = {value} must be between 1 and {LargestSize}.");
            }
        }
    }
}
