using Plinth.Core;

namespace Plinth.Tasks;

/// <summary>Labels of the samples of a batch.</summary>
internal static class SampleLabels
{
    /// <summary>Takes a label from all samples, or from none.</summary>
    /// <exception cref="BadInputException">Only some have one.</exception>
    public static IReadOnlyList<T>? All<TSample, T>(IReadOnlyList<TSample> samples, string field, Func<TSample, T?> label) where T : struct
    {
        ArgumentNullException.ThrowIfNull(samples);
        T?[] labels = [.. samples.Select(label)];
        return labels.All(l => l is null) ? null : [.. labels.Select((l, i) => l ?? throw Lacks(i, field))];
    }

    /// <summary>The number of a class that the model has.</summary>
    /// <exception cref="BadInputException">It has no such class.</exception>
    public static long Known(long label, int classCount) => label >= 0 && label < classCount
        ? label
        : throw new BadInputException($"There is no class {label}; the model has the classes 0 to {classCount - 1}. Compare the data set's labels with the model's.");

    /// <summary>The error for a sample without what the task needs.</summary>
    public static BadInputException Lacks(int number, string field) =>
        new($"Sample {number} of the batch has no {field}. Give it one, or leave out the sample.");
}
