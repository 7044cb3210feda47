using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>
/// A change of low rank, scale·B·A (LoRA: Hu et al. 2021, arXiv:2106.09685). B starts at 0, so a fresh adapter
/// changes nothing.
/// </summary>
public sealed class LowRankAdapter : ProjectionAdapter
{
    private readonly Parameter down, up;
    private readonly double scale, dropout;

    /// <param name="inputSize">Width of the projection's input.</param>
    /// <param name="outputSize">Width of the projection's output.</param>
    /// <param name="rank">Width between; the smaller, the fewer weights.</param>
    /// <param name="scale">Factor on the change; see <see cref="LowRankOptions.Scale"/>.</param>
    /// <param name="dropout">Probability of dropping an input component in training.</param>
    public LowRankAdapter(long inputSize, long outputSize, int rank, double scale, double dropout = 0)
        : base(nameof(LowRankAdapter))
    {
        this.scale = scale;
        this.dropout = dropout;
        down = new Parameter(empty(rank, inputSize));
        up = new Parameter(zeros(outputSize, rank));
        using (no_grad())
        {
            nn.init.kaiming_uniform_(down, Math.Sqrt(5));
        }

        RegisterComponents();
    }

    /// <summary>The map to the narrow width <c>[rank, input]</c>, then the map back <c>[output, rank]</c>.</summary>
    public override IReadOnlyList<KeyValuePair<string, Tensor>> Weights => [new(".lora_A.weight", down), new(".lora_B.weight", up)];

    /// <inheritdoc />
    public override Tensor Change(Projection slot, Tensor input, Tensor output)
    {
        var seen = training && dropout > 0 ? nn.functional.dropout(input, dropout, true) : input;
        return LinearMap.Apply(LinearMap.Apply(seen, down), up) * scale;
    }

    /// <inheritdoc />
    public override Tensor WeightChange(Tensor weight) => up.mm(down) * scale;
}
