namespace Plinth.Data.Text.Preparation;

/// <summary>The words and lines of a text, as the rules of the literature count them.</summary>
internal static class TextShape
{
    private const string Dots = "...";

    /// <summary>What stands between blanks.</summary>
    public static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Lines that hold something, without blanks at their ends.</summary>
    public static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>What stands between empty lines.</summary>
    public static string[] Paragraphs(string text) => text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Whether a line ends as if more were to follow.</summary>
    public static bool EndsInEllipsis(string line) => line.EndsWith('…') || line.EndsWith(Dots, StringComparison.Ordinal);

    /// <summary>How often an ellipsis stands in the text, in either form.</summary>
    public static int Ellipses(string text) => text.AsSpan().Count('…') + text.AsSpan().Count(Dots);

    /// <summary>A share, 0 of nothing.</summary>
    public static double Share(double part, double whole) => whole > 0 ? part / whole : 0;
}
