using System.Globalization;

namespace Plinth.Cli.Commands;

/// <summary>Prints scores, one line each.</summary>
internal static class ScoreLines
{
    public static void Print(IEnumerable<KeyValuePair<string, double>> scores)
    {
        foreach (var (name, value) in scores)
        {
            Console.WriteLine($"{name}: {value.ToString("0.0000", CultureInfo.InvariantCulture)}");
        }
    }
}
