using Plinth.Core;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>
/// An objective whose model is trained through adapters: the adapters become children here, so that trainer and snapshot
/// see them, and the backbone stands still. The head is trained with them where it belongs to their set, and else stands still too.
/// </summary>
public sealed class AdaptedObjective : Objective
{
    private readonly Objective inner;
    private readonly ModuleList<nn.Module> adapters;

    /// <param name="inner">What is learnt.</param>
    /// <param name="set">The adapters of its model, already active.</param>
    public AdaptedObjective(Objective inner, AdapterSet set)
        : this(inner, set, set?.IncludesHead == false ? [inner?.Model.Head] : [])
    {
    }

    /// <param name="inner">What is learnt.</param>
    /// <param name="set">The adapters of its backbone, already active.</param>
    /// <param name="still">Heads that stand still with the backbone.</param>
    public AdaptedObjective(Objective inner, AdapterSet set, IEnumerable<ModelHead?> still)
        : base(nameof(AdaptedObjective))
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(still);
        this.inner = inner ?? throw new ArgumentNullException(nameof(inner));
        inner.Model.FreezeBackbone();
        foreach (var parameter in still.SelectMany(head => head?.parameters() ?? []))
        {
            parameter.requires_grad = false;
        }

        adapters = new([.. set.Modules]);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Model Model => inner.Model;

    /// <inheritdoc />
    public override Batch Prepare(Batch batch, Random random) => inner.Prepare(batch, random);

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch) => inner.CountTargets(batch);

    /// <inheritdoc />
    public override int PartCount(Batch batch) => inner.PartCount(batch);

    /// <inheritdoc />
    public override Batch Part(Batch batch, int first, int count) => inner.Part(batch, first, count);

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch) => inner.Compute(batch);

    /// <inheritdoc />
    public override void Backward(Tensor loss) => inner.Backward(loss);

    /// <inheritdoc />
    public override void Stepped(long step, long stepCount) => inner.Stepped(step, stepCount);

    /// <inheritdoc />
    public override void Abandoned() => inner.Abandoned();
}
