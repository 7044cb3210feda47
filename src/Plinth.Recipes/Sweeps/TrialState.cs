using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Recipes.Sweeps;

/// <summary>What a trial had come to at the end of a round.</summary>
/// <param name="Share">Up to which share of its steps it was to run, 0 to 1.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Score">The last value of the criterion on held-out data; null where the trial diverged.</param>
public sealed record TrialPoint(double Share, long Step, double? Score);

/// <summary>How far a trial has come: what a sweep that was ended goes on from.</summary>
/// <param name="Settings">What the trial changes in the recipe.</param>
/// <param name="Criterion">The score by which trials are compared.</param>
/// <param name="Points">One for each round that it was part of, at least one.</param>
/// <param name="IsOver">Whether nothing is left to run: it is at its end, or diverged.</param>
/// <param name="Scores">Final scores, once it has run to its end.</param>
public sealed record TrialState(IReadOnlyList<string> Settings, string Criterion, IReadOnlyList<TrialPoint> Points, bool IsOver, IReadOnlyDictionary<string, double> Scores)
{
    private const string FileName = "trial.json";
    private const string BeginAnew = "Remove the trial's folder to begin it anew.";

    private static readonly RecordFile file = new("state of a trial", BeginAnew);

    /// <summary>Where it stands.</summary>
    [JsonIgnore]
    public TrialPoint Last => Points[^1];

    /// <summary>What it had come to at the end of a round; null where it was not part of it.</summary>
    /// <param name="share">The round's share of the steps.</param>
    public TrialPoint? At(double share) => Points.FirstOrDefault(point => point.Share.Equals(share));

    /// <summary>Reads a trial's state; null where it has none.</summary>
    /// <param name="folder">The trial's folder.</param>
    /// <exception cref="BadInputException">The file is malformed.</exception>
    internal static TrialState? Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return !File.Exists(path) ? null
            : file.Read<TrialState>(path) is { Points.Count: > 0 } state ? state
            : throw new BadInputException($"{path} is no state of a trial: it has no points. {BeginAnew}");
    }

    /// <summary>Writes the state into the trial's folder.</summary>
    internal void Save(string folder) => file.Write(Path.Combine(folder, FileName), this);
}
