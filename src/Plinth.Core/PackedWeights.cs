using Plinth.Core.Native;
using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>A layer that can keep a second copy of its weights in the order in which this machine's matrix code reads them.</summary>
public interface IPackable
{
    /// <summary>Bytes that the copy takes; 0 where there is nothing to gain.</summary>
    long PackedBytes { get; }

    /// <summary>Makes the copy, or lets go of it. While there is one, changes of the weights are not seen where no gradients are recorded.</summary>
    /// <param name="packed">Whether there is to be one.</param>
    void Pack(bool packed);
}

/// <summary>
/// Packed copies of a model's weights for the length of one job that does not train it. Without them each matrix product
/// arranges its weights anew. Dispose it at the end of the job, before anything may change the weights.
/// </summary>
public sealed class PackedWeights : IDisposable
{
    /// <summary>
    /// Positions (tokens, patches) from which a job is worth setting anything up for. Packing costs about what a few hundred of them cost in all
    /// layers, and saves a tenth of their time; lanes (<see cref="TorchLanes"/>) cost less and save as much.
    /// </summary>
    public const long FewestPositions = 8_192;

    // A second copy of a small model is nothing beside what a batch takes; a copy of a large one could be what no longer fits.
    private const long MostBytes = 512L << 20;

    private readonly List<IPackable> layers = [];

    private PackedWeights()
    {
    }

    /// <summary>Packs the weights of a model if the job is worth it.</summary>
    /// <param name="model">The model; no other thread computes with it until the end of the job.</param>
    /// <param name="positions">Tokens, or patches, that the job computes.</param>
    /// <returns>What holds the copies; it may hold none.</returns>
    public static PackedWeights For(nn.Module model, long positions)
    {
        ArgumentNullException.ThrowIfNull(model);
        var packed = new PackedWeights();
        if (!OneDnn.IsPreferred || positions < FewestPositions)
        {
            return packed;
        }

        List<IPackable> candidates = [.. model.modules().Prepend(model).OfType<IPackable>().Distinct().Where(layer => layer.PackedBytes > 0)];
        if (candidates.Sum(layer => layer.PackedBytes) > MostBytes)
        {
            return packed;
        }

        try
        {
            foreach (var layer in candidates)
            {
                packed.layers.Add(layer);
                layer.Pack(true);
            }

            return packed;
        }
        catch
        {
            packed.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        layers.ForEach(layer => layer.Pack(false));
        layers.Clear();
    }
}
