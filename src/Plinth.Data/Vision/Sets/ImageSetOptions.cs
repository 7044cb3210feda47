using Plinth.Data.Text;

namespace Plinth.Data.Vision;

/// <summary>How sets of pictures are read.</summary>
public sealed record ImageSetOptions
{
    /// <summary>Limits and rules of each picture.</summary>
    public ImageDecodingOptions Decoding { get; init; } = new();

    /// <summary>Classes in the order of their numbers; an unknown one is an error then. Left out, they are collected and sorted.</summary>
    public IReadOnlyList<string>? LabelNames { get; init; }

    /// <summary>Categories of boxes in the order of their numbers; an unknown one is an error then. Left out, they are collected.</summary>
    public IReadOnlyList<string>? CategoryNames { get; init; }

    /// <summary>Most pictures of a set.</summary>
    public int MaxFiles { get; init; } = 10_000_000;

    /// <summary>Most bytes of pictures that a set keeps in memory: arrays of pictures, and tables that hold pictures themselves. At most 2 GB for an array.</summary>
    public long MaxHeldBytes { get; init; } = 2_000_000_000;

    /// <summary>How the rows of a table are read.</summary>
    public CorpusOptions Rows { get; init; } = new();
}
