using Plinth.Core;
using TorchSharp;
using TorchSharp.Modules;

namespace Plinth.Layers.Adapters;

/// <summary>
/// An objective whose model is trained through adapters: the adapters become children here, so that trainer and snapshot
/// see them, and the backbone stands still. Its head, if any, is trained with them.
/// </summary>
public sealed class AdaptedObjective : Objective
{
    private readonly Objective inner;
    private readonly ModuleList<LowRankAdapter> adapters;

    /// <param name="inner">What is learnt.</param>
    /// <param name="set">The adapters of its model, already active.</param>
    public AdaptedObjective(Objective inner, AdapterSet set)
        : base(nameof(AdaptedObjective))
    {
        ArgumentNullException.ThrowIfNull(set);
        this.inner = inner ?? throw new ArgumentNullException(nameof(inner));
        inner.Model.FreezeBackbone();
        adapters = new([.. set.Adapters.Select(entry => entry.Value)]);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Model Model => inner.Model;

    /// <inheritdoc />
    public override Batch Prepare(Batch batch, Random random) => inner.Prepare(batch, random);

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch) => inner.CountTargets(batch);

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch) => inner.Compute(batch);
}
