using Plinth.Core;

namespace Plinth.Layers.Adapters;

/// <summary>
/// Several sets active at once on one backbone, each with a weight: what each changes alone is added. Weights of 1 apply sets as they were
/// trained; weights that sum to 1 mix tasks. The sets stay owned by the caller, and the head is that of the model as it stands.
/// </summary>
public sealed class AdapterMix : IDisposable
{
    private readonly List<(Projection Slot, MixedAdapter Adapter)> mixed = [];

    /// <param name="sets">The sets, of one model, with their weights; negative weights take a change away.</param>
    /// <exception cref="PlinthException">There is no set, one has virtual tokens, or a weight is no finite number.</exception>
    public AdapterMix(IReadOnlyList<KeyValuePair<AdapterSet, double>> sets)
    {
        ArgumentNullException.ThrowIfNull(sets);
        if (sets.Count == 0 || sets.Any(set => !double.IsFinite(set.Value)))
        {
            throw new PlinthException("A mix needs at least one set of adapters, and weights that are finite numbers.");
        }

        foreach (var (set, _) in sets)
        {
            set.RefuseTokens();
        }

        foreach (var slot in sets.SelectMany(set => set.Key.Slots.Select(entry => (entry.Slot, entry.Adapter, Share: set.Value))).GroupBy(entry => entry.Slot, ReferenceEqualityComparer.Instance))
        {
            mixed.Add(((Projection)slot.Key!, new([.. slot.Select(entry => entry.Adapter)], [.. slot.Select(entry => entry.Share)])));
        }
    }

    /// <summary>Makes the mix the active change of its projections, in place of what was active there.</summary>
    public void Activate() => mixed.ForEach(entry => entry.Slot.Adapter = entry.Adapter);

    /// <summary>Takes the mix off where it is active.</summary>
    public void Deactivate()
    {
        foreach (var (slot, adapter) in mixed.Where(entry => ReferenceEquals(entry.Slot.Adapter, entry.Adapter)))
        {
            slot.Adapter = null;
        }
    }

    /// <summary>Adds the weighted changes to the weights for good and takes the mix off.</summary>
    public void Merge()
    {
        mixed.ForEach(entry => entry.Adapter.MergeInto(entry.Slot));
        Deactivate();
    }

    /// <summary>Takes the mix off; its sets live on.</summary>
    public void Dispose() => Deactivate();
}
