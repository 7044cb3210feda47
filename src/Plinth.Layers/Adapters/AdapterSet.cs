using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>
/// What one task changes of one model: small maps on projections, by the projection's name, or the head, or both. Several
/// sets may exist over one backbone in memory; at most one is active.
/// </summary>
public sealed class AdapterSet : IDisposable
{
    private readonly SortedDictionary<string, (Projection Slot, ProjectionAdapter Adapter)> adapters = new(StringComparer.Ordinal);

    /// <summary>Makes fresh adapters, not yet active.</summary>
    /// <param name="model">The model whose projections get them.</param>
    /// <param name="options">Their form and sizes.</param>
    /// <param name="isTarget">Given a projection's name, such as <c>backbone.stack.blocks.layers.0.attention.query</c>, says whether it gets one; null takes those that suit the form.</param>
    /// <param name="withHead">Whether the model's head belongs to the task, and is trained and saved with the adapters.</param>
    /// <exception cref="PlinthException">No projection is a target, or the backbone's weights are kept in other numbers than the options ask for and cannot be brought into them.</exception>
    public AdapterSet(nn.Module model, AdapterOptions options, Func<string, bool>? isTarget = null, bool withHead = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        Options = options ?? throw new ArgumentNullException(nameof(options));
        IncludesHead = withHead;
        isTarget ??= options.Suits;
        var projections = model.named_modules().Where(entry => entry.module is Projection).Select(entry => (entry.name, Slot: (Projection)entry.module)).ToList();
        if (!projections.Exists(entry => isTarget(entry.name)))
        {
            throw new PlinthException("No projection of the model is a target of the adapter. Name others, or 'all'.");
        }

        Hold([.. projections.Where(entry => entry.name.StartsWith(AdapterOptions.Backbone, StringComparison.Ordinal)).Select(entry => entry.Slot)], options.Base);
        foreach (var (name, slot) in projections.Where(entry => isTarget(entry.name)))
        {
            using var restored = slot.Quantized?.Restore(ScalarType.Float32);
            var adapter = options.Make(name, restored ?? slot.Weight);
            adapter.to(slot.Weight.device);
            adapters.Add(name, (slot, adapter));
        }
    }

    private AdapterSet()
    {
        Options = new LowRankOptions();
        IncludesHead = true;
    }

    /// <summary>Form and sizes.</summary>
    public AdapterOptions Options { get; }

    /// <summary>Whether the model's head belongs to the task, and is trained and saved with the adapters.</summary>
    public bool IncludesHead { get; }

    /// <summary>A set without adapters: the head alone belongs to the task, and every other weight stays as it is.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="PlinthException">Its head has no weights of its own.</exception>
    public static AdapterSet HeadOnly(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Head?.parameters().Any() == true
            ? new()
            : throw new PlinthException("The head of this model has no weights of its own, so it cannot be adapted alone. Adapt all weights, or use low-rank adapters.");
    }

    /// <summary>The adapters by the name of their projection.</summary>
    public IEnumerable<KeyValuePair<string, ProjectionAdapter>> Adapters =>
        adapters.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Adapter));

    /// <summary>The adapters with the projections that they change.</summary>
    internal IEnumerable<(Projection Slot, ProjectionAdapter Adapter)> Slots => adapters.Values;

    /// <summary>The weights to train.</summary>
    public IEnumerable<TorchSharp.Modules.Parameter> Parameters => adapters.Values.SelectMany(entry => entry.Adapter.parameters());

    /// <summary>Makes this set the active one on its projections.</summary>
    public void Activate()
    {
        foreach (var (slot, adapter) in adapters.Values)
        {
            slot.Adapter = adapter;
        }
    }

    /// <summary>Takes this set off where it is active.</summary>
    public void Deactivate()
    {
        foreach (var (slot, adapter) in adapters.Values)
        {
            if (ReferenceEquals(slot.Adapter, adapter))
            {
                slot.Adapter = null;
            }
        }
    }

    /// <summary>Adds the changes to the weights for good and takes the set off.</summary>
    public void Merge()
    {
        foreach (var (slot, adapter) in adapters.Values)
        {
            adapter.MergeInto(slot);
        }

        Deactivate();
    }

    /// <summary>Switches dropout on or off.</summary>
    public void Train(bool on = true)
    {
        foreach (var (_, adapter) in adapters.Values)
        {
            adapter.train(on);
        }
    }

    // Sets over one backbone were trained on the same numbers; from few bits there is no way back.
    private static void Hold(IReadOnlyList<Projection> projections, MatrixForm form)
    {
        foreach (var slot in projections)
        {
            var now = slot.Quantized?.Form ?? MatrixForm.Full;
            if (now != form && now != MatrixForm.Full)
            {
                throw new PlinthException($"The backbone's weights are kept in {now}, and the adapter is for a backbone in {form}. Load the model a second time for it.");
            }

            if (now != form)
            {
                slot.Quantize(form);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Deactivate();
        foreach (var (_, adapter) in adapters.Values)
        {
            adapter.Dispose();
        }
    }
}
