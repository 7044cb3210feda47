using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>
/// A change of the direction of each row of the matrix by a LoRA, and of its length by a weight of its own (DoRA: Liu et al. 2024,
/// arXiv:2402.09353). Lengths start at those of the matrix, so a fresh adapter changes nothing.
/// </summary>
public sealed class DecomposedAdapter : ProjectionAdapter
{
    private readonly LowRankAdapter direction;
    private readonly Parameter magnitude;

    /// <param name="direction">The LoRA.</param>
    /// <param name="weight">The projection's matrix; <c>[output, input]</c>.</param>
    public DecomposedAdapter(LowRankAdapter direction, Tensor weight)
        : base(nameof(DecomposedAdapter))
    {
        this.direction = direction ?? throw new ArgumentNullException(nameof(direction));
        ArgumentNullException.ThrowIfNull(weight);
        direction.to(weight.device);
        using (no_grad())
        {
            magnitude = new Parameter(Lengths(weight));
        }

        RegisterComponents();
    }

    /// <summary>The weights of the LoRA, then the length of each row; <c>[output]</c>.</summary>
    public override IReadOnlyList<KeyValuePair<string, Tensor>> Weights => [.. direction.Weights, new(".lora_magnitude_vector", magnitude)];

    /// <inheritdoc />
    public override Tensor Change(Projection slot, Tensor input, Tensor output)
    {
        ArgumentNullException.ThrowIfNull(slot);
        var factor = Factor(slot.Matrix);                                                        // [output]
        var plain = slot.Bias is { } bias ? output - bias : output;
        return ((plain + direction.Change(slot, input, output)) * factor) - plain;
    }

    /// <inheritdoc />
    public override Tensor WeightChange(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return ((weight + direction.WeightChange(weight)) * Factor(weight).unsqueeze(1)) - weight;
    }

    private Tensor Factor(Tensor weight) => magnitude / Lengths(weight);

    // No gradient goes through the lengths of the changed matrix, which costs no accuracy and saves memory (section 4.3).
    private Tensor Lengths(Tensor weight)
    {
        using var noGrad = no_grad();
        return (weight + direction.WeightChange(weight)).square().sum(1).sqrt();
    }
}
