using System.Text.RegularExpressions;

namespace Plinth.Recipes.Baselines;

/// <summary>Words of a text, as the classical methods see them.</summary>
internal static partial class Words
{
    /// <summary>Runs of letters and digits, in lower case.</summary>
    public static IEnumerable<string> Of(string text) => Word().Matches(text).Select(match => match.Value.ToLowerInvariant());

    /// <summary>The same, with each identifier followed by its parts: <c>ReadOnlyList</c> gives <c>readonlylist read only list</c>.</summary>
    public static IEnumerable<string> WithParts(string text)
    {
        foreach (Match word in Word().Matches(text))
        {
            yield return word.Value.ToLowerInvariant();
            var parts = Part().Matches(word.Value);
            foreach (var part in parts.Count > 1 ? parts.Select(part => part.Value.ToLowerInvariant()) : [])
            {
                yield return part;
            }
        }
    }

    [GeneratedRegex(@"[\p{L}\p{Mn}\p{Nd}]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\p{Lu}+(?!\p{Ll})|\p{Lu}?[^\p{Lu}\p{Nd}]+|\p{Nd}+")]
    private static partial Regex Part();
}
