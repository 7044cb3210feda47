using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Training.Control;

namespace Plinth.Training.Observers;

/// <summary>
/// The lines of a run's log: one JSON object each, with <c>event</c> (<c>start</c>, <c>step</c>, <c>evaluation</c>, <c>control</c>, <c>end</c>), <c>time</c> (UTC)
/// and the fields of the report in snake_case; durations in seconds, and <c>"NaN"</c> or <c>"Infinity"</c> as strings where a number is none.
/// </summary>
internal static class RunLog
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Converters = { new SecondsConverter(), new JsonStringEnumConverter<RunRequest>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    private static readonly Dictionary<string, Type> Types = new()
    {
        ["start"] = typeof(RunStart),
        ["step"] = typeof(StepReport),
        ["evaluation"] = typeof(EvaluationReport),
        ["control"] = typeof(ControlReport),
        ["end"] = typeof(RunEnd),
    };

    /// <summary>One report as one line, without its line break.</summary>
    public static string Write(object report, DateTimeOffset time)
    {
        var fields = JsonSerializer.SerializeToNode(report, report.GetType(), Options)!.AsObject();
        fields.Insert(0, "event", Types.First(pair => pair.Value == report.GetType()).Key);
        fields.Insert(1, "time", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
        return fields.ToJsonString(Options);
    }

    /// <summary>The reports of a log in order, each with its line. A last line without an end, cut off with the process, is left out.</summary>
    /// <exception cref="BadInputException">A line is not a report; the message names file and line.</exception>
    public static IEnumerable<(object Report, string Line)> Read(string path) =>
        LogLines.Read(path).Select((line, i) => (Parse(line, path, i + 1), line));

    /// <summary>The step that a report speaks of.</summary>
    public static long StepOf(object report) => report switch
    {
        RunStart start => start.FirstStep,
        StepReport step => step.Step,
        EvaluationReport evaluation => evaluation.Step,
        ControlReport control => control.Step,
        RunEnd end => end.Step,
        _ => throw new ArgumentException($"{report.GetType()} is not a report of a run.", nameof(report)),
    };

    private static object Parse(string line, string path, int number)
    {
        try
        {
            var fields = JsonNode.Parse(line) as JsonObject ?? throw new JsonException("The line is not an object.");
            var name = fields["event"]?.GetValue<string>() ?? "";
            return Types.TryGetValue(name, out var type)
                ? fields.Deserialize(type, Options)!
                : throw new JsonException($"The event is '{name}'. Known: {string.Join(", ", Types.Keys)}.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new BadInputException($"Line {number} of the run log {path} is not a report: {e.Message} Delete the line, or the log to begin a new one.", e);
        }
    }

    private sealed class SecondsConverter : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TimeSpan.FromSeconds(reader.GetDouble());

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(Math.Round(value.TotalSeconds, 3));
    }
}
