using System.Globalization;
using Plinth.Core;

namespace Plinth.Training;

/// <summary>Says in one form what is wrong with an option.</summary>
internal static class OptionRules
{
    public static void Require(bool holds, string name, object? found, string allowed)
    {
        if (!holds)
        {
            throw new RecipeException(
                string.Create(CultureInfo.InvariantCulture, $"The training option '{name}' is {found ?? "empty"} and must be {allowed}."));
        }
    }
}
