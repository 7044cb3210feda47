using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Files;

namespace Plinth.Tasks;

/// <summary>
/// What was chosen for a classifier on samples that it was not trained on. It lies beside the weights as <c>calibration.json</c>, of which
/// other libraries know nothing: they read the same model with its plain probabilities.
/// </summary>
/// <param name="Temperature">What logits are divided by before they become probabilities.</param>
/// <param name="Thresholds">The probability from which a class is flagged, by its name; infinite where it never is.</param>
/// <param name="Goal">What the thresholds were chosen for, in words.</param>
/// <param name="SampleCount">Samples that all this was chosen on.</param>
/// <param name="ErrorBefore">Expected calibration error on them at a temperature of 1.</param>
/// <param name="Error">The same at the chosen temperature.</param>
public sealed record Calibration(
    double Temperature, IReadOnlyDictionary<string, double> Thresholds, string Goal, int SampleCount, double ErrorBefore, double Error)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "calibration.json";

    /// <summary>The threshold of a class, or null where none was chosen.</summary>
    public double? ThresholdOf(string label) => Thresholds.TryGetValue(label, out var threshold) ? threshold : null;

    /// <summary>Writes the file.</summary>
    /// <exception cref="PlinthException">The folder cannot be written.</exception>
    public void Save(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), new JsonObject
    {
        ["temperature"] = Temperature,
        ["thresholds"] = new JsonObject(Thresholds.Select(threshold => KeyValuePair.Create<string, JsonNode?>(threshold.Key, Finite(threshold.Value)))),
        ["goal"] = Goal,
        ["samples"] = SampleCount,
        ["calibration_error_before"] = Finite(ErrorBefore),
        ["calibration_error"] = Finite(Error),
    }.ToJsonString(new() { WriteIndented = true }));

    /// <summary>Reads the file of a folder; null when there is none.</summary>
    /// <param name="folder">The checkpoint's or the adapter's folder.</param>
    /// <param name="labels">Classes of the model.</param>
    /// <exception cref="CheckpointException">It is malformed, or speaks of a class that the model does not have.</exception>
    public static Calibration? Load(string folder, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        var json = Checkpoint.ReadJson(path);
        var read = Read(json) ?? throw Malformed(path, "wanted are a number 'temperature' and an object 'thresholds' of numbers by class");
        return read switch
        {
            { Temperature: not (> 0 and < double.PositiveInfinity) } => throw Malformed(path, $"temperature = {read.Temperature} must be above 0"),
            _ when read.Thresholds.Values.Any(value => value is not (>= 0 and <= 1 or double.PositiveInfinity)) => throw Malformed(path, "a threshold must be between 0 and 1, or null"),
            _ when read.Thresholds.Keys.FirstOrDefault(label => !labels.Contains(label, StringComparer.Ordinal)) is { } unknown => throw Malformed(path, $"the model has no class '{unknown}'"),
            _ => read,
        };
    }

    private static Calibration? Read(JsonObject json) =>
        Number(json["temperature"]) is { } temperature && json["thresholds"] is JsonObject thresholds && thresholds.All(field => field.Value is null || Number(field.Value) is not null)
            ? new(
                temperature, thresholds.ToDictionary(field => field.Key, field => Number(field.Value) ?? double.PositiveInfinity, StringComparer.Ordinal),
                json["goal"]?.ToString() ?? "", (int)Math.Clamp(Number(json["samples"]) ?? 0, 0, int.MaxValue),
                Number(json["calibration_error_before"]) ?? double.NaN, Number(json["calibration_error"]) ?? double.NaN)
            : null;

    private static CheckpointException Malformed(string path, string fault) =>
        new($"{path}: {fault}. Remove the file to use the model without calibration, or fine-tune it again.");

    private static JsonValue? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    private static double? Number(JsonNode? value) => value is JsonValue plain && plain.TryGetValue<double>(out var number) ? number : null;
}
