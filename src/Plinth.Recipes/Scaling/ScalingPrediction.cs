using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Recipes.Scaling;

/// <summary>What is said of a run before it starts, as a file, so that it can be held against the run afterwards.</summary>
public sealed record ScalingPrediction
{
    private const string PredictAnew = "Predict anew, for a run that has not started.";

    private static readonly RecordFile file = new("prediction", PredictAnew);

    /// <summary>Name of the score.</summary>
    public required string Metric { get; init; }

    /// <summary>What grows.</summary>
    public required ScalingAxis Axis { get; init; }

    /// <summary>The runs that it follows from.</summary>
    public required IReadOnlyList<ScalingPoint> Runs { get; init; }

    /// <summary>Trained weights of the run to come.</summary>
    public required long Weights { get; init; }

    /// <summary>Elements that it will learn from.</summary>
    public required long Elements { get; init; }

    /// <summary>How probable the interval is, 0 to 1.</summary>
    public required double Confidence { get; init; }

    /// <summary>What is predicted.</summary>
    public required ScalingEstimate Estimate { get; init; }

    /// <summary>When it was said.</summary>
    public required DateTimeOffset Written { get; init; }

    /// <summary>SHA-256 over everything else here, hexadecimal.</summary>
    public string Digest { get; init; } = "";

    /// <summary>The law behind it.</summary>
    [JsonIgnore]
    public PowerLaw Law => PowerLaw.Fit([.. Runs.Select(run => (run.Size(Axis), run.Score))]);

    /// <summary>Predicts.</summary>
    /// <param name="runs">At least <see cref="PowerLaw.LeastRuns"/>.</param>
    /// <param name="metric">Name of their score.</param>
    /// <param name="axis">What grows.</param>
    /// <param name="weights">Trained weights of the run to come.</param>
    /// <param name="elements">Elements that it will learn from.</param>
    /// <param name="confidence">How probable the interval shall be, 0 to 1.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="BadInputException">There are too few runs, or a number is impossible.</exception>
    public static ScalingPrediction Of(
        IReadOnlyList<ScalingPoint> runs, string metric, ScalingAxis axis, long weights, long elements, double confidence, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentNullException.ThrowIfNull(time);
        if (weights < 1 || elements < 1)
        {
            throw new BadInputException($"A run of {weights} weights and {elements} elements cannot be.");
        }

        var law = PowerLaw.Fit([.. runs.Select(run => (run.Size(axis), run.Score))]);
        var said = new ScalingPrediction
        {
            Metric = metric, Axis = axis, Runs = runs, Weights = weights, Elements = elements, Confidence = confidence,
            Estimate = law.Predict(new ScalingPoint("", weights, elements, 1).Size(axis), confidence), Written = time.GetUtcNow(),
        };
        return said with { Digest = said.DigestOf() };
    }

    /// <summary>Holds the prediction against the run.</summary>
    /// <param name="folder">Folder of the run, which has ended.</param>
    /// <exception cref="BadInputException">There is no record of the run, or it was changed.</exception>
    public ScalingVerdict Check(string folder)
    {
        var record = ScalingPoint.ReadRecord(folder);
        var run = ScalingPoint.Of(record, folder, Metric);
        // A tokenizer may come out a little smaller than asked for, and the law speaks of every size.
        var estimate = Law.Predict(run.Size(Axis), Confidence);
        return new(run, estimate, (record.Ended - Written).TotalSeconds > record.Seconds);
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="PlinthException">The file cannot be written.</exception>
    public void Save(string path) => file.Write(path, this);

    /// <summary>Reads it.</summary>
    /// <exception cref="BadInputException">The file is missing, malformed or was changed.</exception>
    public static ScalingPrediction Load(string path) => file.Read<ScalingPrediction>(path) is var read && read.Digest == read.DigestOf() ? read
        : throw new BadInputException($"{path} was changed after it was written, so it proves nothing. {PredictAnew}");

    private string DigestOf() => file.DigestOf(this with { Digest = "" });
}

/// <summary>A prediction beside what came.</summary>
/// <param name="Run">The run.</param>
/// <param name="Estimate">What was to be expected of its true size.</param>
/// <param name="IsEarlier">Whether the prediction was written before the run began.</param>
public sealed record ScalingVerdict(ScalingPoint Run, ScalingEstimate Estimate, bool IsEarlier)
{
    /// <summary>Whether the score lies in the interval.</summary>
    public bool IsWithin => Run.Score >= Estimate.Low && Run.Score <= Estimate.High;

    /// <summary>Whether the prediction came true: said before, and within its interval.</summary>
    public bool Holds => IsEarlier && IsWithin;
}
