using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>Several changes of one projection at once: what each would do alone, times its weight, added together.</summary>
internal sealed class MixedAdapter : ProjectionAdapter
{
    private readonly ModuleList<ProjectionAdapter> parts;
    private readonly IReadOnlyList<double> shares;

    /// <param name="parts">The changes, owned by their own sets.</param>
    /// <param name="shares">The weight of each.</param>
    public MixedAdapter(IEnumerable<ProjectionAdapter> parts, IReadOnlyList<double> shares)
        : base(nameof(MixedAdapter))
    {
        this.parts = new([.. parts]);
        this.shares = shares;
        RegisterComponents();
    }

    /// <summary>None of its own: its parts are saved, each with its set.</summary>
    public override IReadOnlyList<KeyValuePair<string, Tensor>> Weights => [];

    /// <inheritdoc />
    public override Tensor Change(Projection slot, Tensor input, Tensor output) => Sum(part => part.Change(slot, input, output))!;

    /// <inheritdoc />
    public override Tensor WeightChange(Tensor weight) => Sum(part => part.WeightChange(weight))!;

    /// <inheritdoc />
    public override Tensor? BiasChange(Tensor bias) => Sum(part => part.BiasChange(bias));

    private Tensor? Sum(Func<ProjectionAdapter, Tensor?> of)
    {
        Tensor? sum = null;
        foreach (var (part, share) in parts.Zip(shares))
        {
            if (of(part) is { } change)
            {
                sum = sum is null ? change * share : sum + (change * share);
            }
        }

        return sum;
    }
}
