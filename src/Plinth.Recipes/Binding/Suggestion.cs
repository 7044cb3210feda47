namespace Plinth.Recipes.Binding;

/// <summary>The known name that a mistyped one probably meant.</summary>
internal static class Suggestion
{
    /// <summary>A sentence with a space before it, or nothing where no name is near.</summary>
    public static string For(string name, IEnumerable<string> known)
    {
        if (name.Length > 64)
        {
            return "";
        }
        var nearest = known.Select(candidate => (candidate, distance: Distance(name, candidate))).OrderBy(pair => pair.distance).FirstOrDefault();
        return nearest.candidate is not null && nearest.distance <= Math.Max(2, nearest.candidate.Length / 3) && nearest.distance < nearest.candidate.Length
            ? $" Did you mean '{nearest.candidate}'?"
            : "";
    }

    /// <summary>Edits between two names (Levenshtein 1966), cases and underscores aside.</summary>
    private static int Distance(string first, string second)
    {
        var (a, b) = (Plain(first), Plain(second));
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var current = new int[b.Length + 1];
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            }
            previous = current;
        }
        return previous[b.Length];
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
}
