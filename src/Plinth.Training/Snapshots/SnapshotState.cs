using System.Text.Json.Serialization;
using Plinth.Core.Files;

namespace Plinth.Training.Snapshots;

/// <summary>What a snapshot holds beside its tensors.</summary>
internal sealed record SnapshotState
{
    /// <summary>Steps finished.</summary>
    public long Step { get; init; }

    /// <summary>Elements trained on.</summary>
    public long ElementsSeen { get; init; }

    /// <summary>Mean training loss of the last report.</summary>
    public double? LastLoss { get; init; }

    /// <summary>Best value of the evaluator's criterion.</summary>
    public double? BestScore { get; init; }

    /// <summary>Step of the last evaluation; one that was cancelled is made up for.</summary>
    public long EvaluatedStep { get; init; }

    /// <summary>Scores of that evaluation.</summary>
    public SortedDictionary<string, double> Scores { get; init; } = [];

    /// <summary>How often the batches of a step were halved so that they fit the memory.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Halvings { get; init; }

    /// <summary>Torch threads; another number gives other last digits.</summary>
    public int ThreadCount { get; init; }

    /// <summary>Batches of one pass; other data has another number.</summary>
    public long BatchesPerEpoch { get; init; }

    /// <summary>The options that decide the numbers of the run.</summary>
    public SortedDictionary<string, string> Options { get; init; } = [];

    /// <summary>SHA-256 of the tensor files, hexadecimal.</summary>
    public SortedDictionary<string, string> Files { get; init; } = [];

    /// <summary>SHA-256 over everything else here, hexadecimal; null in snapshots of older versions.</summary>
    public string? Digest { get; init; }

    /// <summary>Whether nothing was changed since it was sealed.</summary>
    [JsonIgnore]
    public bool IsIntact => Digest is null || Digest == DigestOf();

    /// <summary>The state with its <see cref="Digest"/>.</summary>
    public SnapshotState Sealed() => this with { Digest = DigestOf() };

    /// <summary>How it is kept.</summary>
    internal static RecordFile File { get; } = new("state of a snapshot", "Delete the snapshot.") { LargestFile = 4 << 20 };

    private string DigestOf() => File.DigestOf(this with { Digest = null });
}
