using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>
/// What one task changes of one model: small maps on projections, by the projection's name, or virtual tokens, or the head, or both. Several
/// sets may exist over one backbone in memory; at most one is active.
/// </summary>
public sealed class AdapterSet : IDisposable
{
    internal const string VirtualTokensStayApart = "Virtual tokens are part of every sequence and no change of weights, so they cannot be merged or mixed. Use the adapter beside its base.";

    private readonly SortedDictionary<string, (Projection Slot, ProjectionAdapter Adapter)> adapters = new(StringComparer.Ordinal);

    private readonly SortedDictionary<string, (IVirtualTokenSlot Slot, VirtualTokens Tokens)> tokens = new(StringComparer.Ordinal);

    private readonly bool isShared;

    /// <summary>Makes fresh adapters, not yet active.</summary>
    /// <param name="model">The model that gets them.</param>
    /// <param name="options">Their form and sizes.</param>
    /// <param name="isTarget">Given a projection's name, such as <c>backbone.stack.blocks.layers.0.attention.query</c>, says whether it gets one; null takes those that suit the form. Virtual tokens go by their form alone.</param>
    /// <param name="withHead">Whether the model's head belongs to the task, and is trained and saved with the adapters.</param>
    /// <exception cref="PlinthException">No projection is a target, the model can have no virtual tokens of the form or has no room for them, or the backbone's weights are kept in other numbers than the options ask for and cannot be brought into them.</exception>
    public AdapterSet(nn.Module model, AdapterOptions options, Func<string, bool>? isTarget = null, bool withHead = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        Options = options ?? throw new ArgumentNullException(nameof(options));
        IncludesHead = withHead;
        var projections = model.named_modules().Where(entry => entry.module is Projection).Select(entry => (Name: entry.name, Slot: (Projection)entry.module)).ToList();
        List<(string Name, Projection Slot)> targets = [];
        switch (options)
        {
            case ProjectionOptions form:
                targets = projections.FindAll(entry => (isTarget ?? form.Suits)(entry.Name));
                if (targets.Count == 0)
                {
                    throw new PlinthException("No projection of the model is a target of the adapter. Name others, or 'all'.");
                }

                break;
            case VirtualTokenOptions form:
                AddTokens(model, form);
                break;
        }

        Hold(projections.Where(entry => entry.Name.StartsWith(AdapterOptions.Backbone, StringComparison.Ordinal)).Select(entry => entry.Slot), options.Base);
        foreach (var (name, slot) in targets)
        {
            using var restored = slot.Quantized?.Restore(ScalarType.Float32);
            var adapter = ((ProjectionOptions)options).Make(name, restored ?? slot.Weight);
            adapter.to(slot.Weight.device);
            adapters.Add(name, (slot, adapter));
        }
    }

    private AdapterSet()
    {
        Options = new LowRankOptions();
        IncludesHead = true;
    }

    private AdapterSet(AdapterSet other, bool withHead)
    {
        (Options, IncludesHead, isShared) = (other.Options, withHead, true);
        (adapters, tokens) = (other.adapters, other.tokens);
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

    /// <summary>The same adapters for another head on the same backbone: what is saved for that head. They stay owned by this set.</summary>
    /// <param name="withHead">Whether that head belongs to its task, and is trained and saved with the adapters.</param>
    public AdapterSet Beside(bool withHead) => new(this, withHead);

    /// <summary>The adapters by the name of their projection.</summary>
    public IEnumerable<KeyValuePair<string, ProjectionAdapter>> Adapters =>
        adapters.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Adapter));

    /// <summary>The virtual tokens by the name of the part that they stand before.</summary>
    public IEnumerable<KeyValuePair<string, VirtualTokens>> Tokens => tokens.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Tokens));

    /// <summary>All that has weights to train, outside the head.</summary>
    public IEnumerable<nn.Module> Modules => [.. adapters.Values.Select(entry => entry.Adapter), .. tokens.Values.Select(entry => entry.Tokens)];

    /// <summary>The adapters with the projections that they change.</summary>
    internal IEnumerable<(Projection Slot, ProjectionAdapter Adapter)> Slots => adapters.Values;

    /// <summary>The weights to train.</summary>
    public IEnumerable<TorchSharp.Modules.Parameter> Parameters => Modules.SelectMany(module => module.parameters());

    /// <summary>Makes this set the active one on its projections, or its virtual tokens those before every sequence.</summary>
    public void Activate()
    {
        foreach (var (slot, adapter) in adapters.Values)
        {
            slot.Adapter = adapter;
        }

        foreach (var (slot, own) in tokens.Values)
        {
            slot.Virtual = own;
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

        foreach (var (slot, own) in tokens.Values)
        {
            slot.Virtual = ReferenceEquals(slot.Virtual, own) ? null : slot.Virtual;
        }
    }

    /// <summary>Adds the changes to the weights for good and takes the set off.</summary>
    /// <exception cref="PlinthException">They cannot be added: they are virtual tokens, or the weights are kept in few bits.</exception>
    public void Merge()
    {
        RefuseTokens();
        foreach (var (slot, adapter) in adapters.Values)
        {
            adapter.MergeInto(slot);
        }

        Deactivate();
    }

    /// <summary>Switches dropout on or off.</summary>
    public void Train(bool on = true)
    {
        foreach (var module in Modules)
        {
            module.train(on);
        }
    }

    /// <summary>Refuses what only changes of weights can do.</summary>
    /// <exception cref="PlinthException">The set has virtual tokens.</exception>
    internal void RefuseTokens()
    {
        if (tokens.Count > 0)
        {
            throw new PlinthException(VirtualTokensStayApart);
        }
    }

    private void AddTokens(nn.Module model, VirtualTokenOptions form)
    {
        var whole = model as Model;
        var kind = whole is null ? "module" : $"'{whole.Family.ModelType}'";
        foreach (var (name, module) in whole is null || whole.Family.Modality == Modality.Text ? model.named_modules() : [])
        {
            if (module is not IVirtualTokenSlot slot || form.Make(slot, whole?.Backbone.TokenEmbedding) is not { } own)
            {
                continue;
            }

            tokens.Add(name, (slot, own));
            own.to(module.parameters().First().device);
            if (form.Count >= slot.PositionCount)
            {
                Dispose();
                throw new PlinthException($"{form.Count} virtual tokens leave no room in the {slot.PositionCount} positions of this {kind}. Choose fewer.");
            }
        }

        if (tokens.Count == 0)
        {
            throw new PlinthException(form is PrefixOptions
                ? $"A {kind} takes no virtual keys and values: it is no model of text alone, or its attention knows only distances within the sequence. Choose another form, such as low_rank."
                : $"A {kind} takes no virtual tokens: it is no model of text alone. Choose another form, such as low_rank.");
        }
    }

    // Sets over one backbone were trained on the same numbers; from few bits there is no way back.
    private static void Hold(IEnumerable<Projection> projections, MatrixForm form)
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
        if (isShared)
        {
            return;
        }

        Deactivate();
        foreach (var module in Modules)
        {
            module.Dispose();
        }
    }
}
