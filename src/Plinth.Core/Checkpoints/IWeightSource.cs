using static TorchSharp.torch;

namespace Plinth.Core.Checkpoints;

/// <summary>What a weight file says of one entry.</summary>
/// <param name="Type">Element type in the file.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
public sealed record WeightEntry(ScalarType Type, IReadOnlyList<long> Shape)
{
    /// <summary>Elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));
}

/// <summary>Named weights in files, read one by one so that only one copy is in memory.</summary>
public interface IWeightSource : IDisposable
{
    /// <summary>File or folder, for messages.</summary>
    string Location { get; }

    /// <summary>All entries by name.</summary>
    IReadOnlyDictionary<string, WeightEntry> Entries { get; }

    /// <summary>Reads an entry as a new CPU tensor of the file's own element type, owned by the caller.</summary>
    /// <exception cref="CheckpointException">There is no such entry, or its bytes cannot be read.</exception>
    Tensor Read(string name);

    /// <summary>Reads an entry into a tensor of its shape, whose element type it takes; a large entry is converted in pieces.</summary>
    /// <exception cref="CheckpointException">There is no such entry, or its bytes cannot be read.</exception>
    void ReadInto(string name, Tensor target)
    {
        using var read = Read(name);
        target.copy_(read);
    }

    /// <summary>An entry as a view of its mapped file where that is possible, else as <see cref="Read"/> gives it; owned by the caller.</summary>
    /// <exception cref="CheckpointException">There is no such entry, or its bytes cannot be read.</exception>
    Tensor Map(string name) => Read(name);
}
