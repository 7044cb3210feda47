using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Snapshots;

/// <summary>Takes the tensors of a run out, and puts them back strictly: all of them, of the same shapes and types.</summary>
internal static class SnapshotTensors
{
    /// <summary>All parameters, trained or not, and buffers of a module.</summary>
    public static IReadOnlyList<KeyValuePair<string, Tensor>> Of(nn.Module module)
    {
        var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        return
        [
            .. TrainedWeights.Distinct(module).Select(entry => KeyValuePair.Create(entry.Name, (Tensor)entry.Parameter)),
            .. module.named_buffers().Where(entry => seen.Add(entry.buffer)).Select(entry => KeyValuePair.Create("buffer:" + entry.name, entry.buffer)),
        ];
    }

    /// <summary>Overwrites the tensors of a module.</summary>
    /// <exception cref="CheckpointException">The snapshot is of another model.</exception>
    public static void Restore(nn.Module module, IWeightSource source)
    {
        var targets = Of(module);
        Require(targets.Count == source.Entries.Count, source, $"it holds {source.Entries.Count} tensors and the model has {targets.Count}");
        foreach (var (name, target) in targets)
        {
            Require(source.Entries.TryGetValue(name, out var entry), source, $"it has no '{name}'");
            Require(entry!.Shape.SequenceEqual(target.shape) && entry.Type == target.dtype, source, $"'{name}' has another shape or type");
        }

        using var noGrad = no_grad();
        foreach (var (name, target) in targets)
        {
            using var scope = NewDisposeScope();
            target.copy_(source.Read(name));
        }
    }

    /// <summary>Overwrites the state of an optimizer.</summary>
    public static void Restore(StepOptimizer optimizer, IWeightSource source)
    {
        using var scope = NewDisposeScope();
        optimizer.ImportState(source.Entries.Keys.ToDictionary(name => name, source.Read, StringComparer.Ordinal));
    }

    private static void Require(bool holds, IWeightSource source, string what)
    {
        if (!holds)
        {
            throw new CheckpointException(
                $"The snapshot '{source.Location}' is of another model: {what}. Use the recipe that made it, or give this run a folder of its own.");
        }
    }
}
