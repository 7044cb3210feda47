using Plinth.Core;
using Plinth.Recipes.Records;

namespace Plinth.Recipes.Scaling;

/// <summary>What grows from run to run.</summary>
public enum ScalingAxis
{
    /// <summary>Operations of the training: 6 for each trained weight and element (Kaplan et al. 2020, arXiv:2001.08361).</summary>
    Compute,

    /// <summary>Trained weights.</summary>
    Weights,

    /// <summary>Elements (tokens, patches) that were learnt from.</summary>
    Elements,
}

/// <summary>The size of a run and what it came to.</summary>
/// <param name="Name">Name of the run.</param>
/// <param name="Weights">Trained weights.</param>
/// <param name="Elements">Elements that it learnt from.</param>
/// <param name="Score">What is predicted, such as the loss on held-out data; over 0.</param>
public sealed record ScalingPoint(string Name, long Weights, long Elements, double Score)
{
    private const double OperationsPerWeight = 6;

    /// <summary>How large the run is.</summary>
    public double Size(ScalingAxis axis) => axis switch
    {
        ScalingAxis.Weights => Weights,
        ScalingAxis.Elements => Elements,
        _ => OperationsPerWeight * Weights * Elements,
    };

    /// <summary>Takes the numbers of a run that has ended.</summary>
    /// <param name="folder">Folder of the run.</param>
    /// <param name="metric">Name of the score.</param>
    /// <exception cref="BadInputException">There is no record, it was changed, or it lacks the score.</exception>
    public static ScalingPoint Load(string folder, string metric) => Of(ReadRecord(folder), folder, metric);

    internal static RunRecord ReadRecord(string folder)
    {
        var record = RunRecord.Load(folder);
        return record.IsIntact ? record
            : throw new BadInputException($"{Path.Combine(folder, RunRecord.FileName)} was changed after the run. Only a record that is whole can be reckoned with.");
    }

    internal static ScalingPoint Of(RunRecord record, string folder, string metric)
    {
        if (!record.Scores.TryGetValue(metric, out var score))
        {
            throw new BadInputException($"The run '{folder}' has no score '{metric}'. It has: {string.Join(", ", record.Scores.Keys)}.");
        }

        return double.IsFinite(score) && score > 0 ? new(record.Name, record.TrainedCount, record.ElementsSeen, score)
            : throw new BadInputException($"The score '{metric}' of the run '{folder}' is {score}, and a power law needs numbers over 0.");
    }
}
