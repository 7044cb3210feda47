using System.Text.Json;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Recipes.Quickstart;

/// <summary>One measured entry of the table.</summary>
/// <param name="Task">The task.</param>
/// <param name="Method">The way it was solved.</param>
/// <param name="Labels">Heading of the column: the number of labels.</param>
/// <param name="Seed">Which repetition, from 1.</param>
/// <param name="Scores">All metrics by name.</param>
/// <param name="Seconds">Time it took.</param>
public sealed record QuickstartCell(
    string Task, string Method, string Labels, int Seed, IReadOnlyDictionary<string, double> Scores, double Seconds);

/// <summary>The measured entries of a run, kept on disk one by one, so that an interrupted run goes on after the last.</summary>
public sealed class QuickstartCells
{
    private const long LargestFile = 64 << 20;
    private static readonly JsonSerializerOptions json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly string path;
    private readonly List<QuickstartCell> cells = [];

    /// <param name="path">The file; it is read when it exists.</param>
    /// <exception cref="BadInputException">The file is damaged.</exception>
    public QuickstartCells(string path)
    {
        this.path = path;
        if (!File.Exists(path))
        {
            return;
        }

        if (new FileInfo(path).Length > LargestFile)
        {
            throw new BadInputException($"{path} is too large to be the results of a quickstart. Begin anew with --fresh.");
        }

        try
        {
            cells.AddRange(File.ReadLines(path).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<QuickstartCell>(line, json)!));
        }
        catch (JsonException error)
        {
            throw new BadInputException($"{path} is damaged: {error.Message} Begin anew with --fresh.", error);
        }
    }

    /// <summary>All entries in the order of their measurement.</summary>
    public IReadOnlyList<QuickstartCell> All => cells;

    /// <summary>Measures an entry, unless that was done already.</summary>
    /// <param name="task">The task.</param>
    /// <param name="method">The way it is solved.</param>
    /// <param name="labels">Heading of the column.</param>
    /// <param name="seed">Which repetition.</param>
    /// <param name="measure">Gives all metrics by name.</param>
    /// <returns>False when it was known.</returns>
    public bool Measure(string task, string method, string labels, int seed, Func<IReadOnlyDictionary<string, double>> measure)
    {
        ArgumentNullException.ThrowIfNull(measure);
        if (cells.Any(cell => cell.Task == task && cell.Method == method && cell.Labels == labels && cell.Seed == seed))
        {
            return false;
        }

        var watch = System.Diagnostics.Stopwatch.StartNew();
        var scores = measure();
        cells.Add(new(task, method, labels, seed, scores, watch.Elapsed.TotalSeconds));
        AtomicFile.WriteText(path, string.Concat(cells.Select(cell => JsonSerializer.Serialize(cell, json) + "\n")));
        return true;
    }
}
