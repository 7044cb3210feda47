using System.Text;

namespace Plinth.Core.Checkpoints;

/// <summary>Words for what is wrong with a weight file.</summary>
internal static class WeightFileError
{
    private const int LongestName = 120;

    /// <summary>The error for a whole file.</summary>
    public static CheckpointException Of(string path, string what, Exception? inner = null)
    {
        var message = $"The weight file '{path}' cannot be used: {what.TrimEnd('.')}. Download or write the file again.";
        return inner is null ? new(message) : new(message, inner);
    }

    /// <summary>The error for one entry.</summary>
    public static CheckpointException Of(string path, string entry, string what, Exception? inner) =>
        Of(path, $"entry {Quote(entry)} {what}", inner);

    /// <summary>The error for an entry that is asked for but not there.</summary>
    public static CheckpointException Missing(string location, string name, IEnumerable<string> known)
    {
        var ending = name[(name.LastIndexOf('.') + 1)..];
        var near = known.Where(other => other.EndsWith(ending, StringComparison.Ordinal)).Take(5).Select(Quote).ToList();
        return new($"There is no weight {Quote(name)} in '{location}'" + (near.Count == 0 ? "." : $"; it holds for example {string.Join(", ", near)}."));
    }

    /// <summary>A name from a file as it can be shown: not too long, no control characters.</summary>
    public static string Quote(string name)
    {
        var text = new StringBuilder("'");
        foreach (var rune in name.EnumerateRunes().Take(LongestName))
        {
            text.Append(Rune.IsControl(rune) ? "\ufffd" : rune.ToString());
        }

        return text.Append(name.Length > LongestName ? "…'" : "'").ToString();
    }

    /// <summary>Sizes as <c>[2, 3]</c>.</summary>
    public static string Show(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>Whether an error says that the outside world, not this program, is at fault.</summary>
    public static bool IsFileTrouble(Exception error) =>
        error is IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException or ArgumentException;
}
