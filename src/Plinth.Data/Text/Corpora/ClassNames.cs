using System.Globalization;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Numbers for classes that files name.</summary>
internal sealed class ClassNames
{
    private readonly Dictionary<string, int> numbers;

    /// <param name="names">The names in the order of their numbers; one that comes twice means the first.</param>
    public ClassNames(IReadOnlyList<string> names)
    {
        Names = names;
        numbers = names.Index().DistinctBy(entry => entry.Item).ToDictionary(entry => entry.Item, entry => entry.Index);
    }

    /// <summary>The name of each number.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The number of a name.</summary>
    /// <exception cref="BadInputException">There is no such class; the message lists those that exist.</exception>
    public int Number(string name, string place) => numbers.TryGetValue(name, out var number)
        ? number
        : throw new BadInputException($"{place}: there is no class '{name}'. Known: {string.Join(", ", Names.Take(40))}.");

    /// <summary>Each name once; sorted as numbers when all are, so that 10 comes after 2.</summary>
    public static string[] Sorted(IEnumerable<string> all)
    {
        var names = all.Distinct().Order(StringComparer.Ordinal).ToArray();
        return names.All(n => long.TryParse(n, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            ? [.. names.OrderBy(n => long.Parse(n, CultureInfo.InvariantCulture))]
            : names;
    }
}
