using Plinth.Core;
using Plinth.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Objectives.Vision;

/// <summary>
/// Scores of a picture's vector that exist only for training: three maps, unit length, and cosines with prototypes
/// (Caron et al. 2021, arXiv:2104.14294, appendix C).
/// </summary>
internal sealed class DistillationHead : nn.Module<Tensor, Tensor>
{
    private readonly Projection first, second, third;
    private readonly Parameter prototypes;

    /// <param name="hidden">Width of the vectors.</param>
    /// <param name="options">Its sizes.</param>
    public DistillationHead(int hidden, SelfDistillationViews options)
        : base(nameof(DistillationHead))
    {
        first = new(hidden, options.InnerSize);
        second = new(options.InnerSize, options.InnerSize);
        third = new(options.InnerSize, options.BottleneckSize);
        prototypes = FreshWeights.Empty(options.OutputSize, options.BottleneckSize);
        Initialization.Normal(prototypes, 0.02);
        RegisterComponents();
    }

    /// <param name="input"><c>[batch, hidden]</c>.</param>
    /// <returns>Cosines; <c>[batch, output]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        var inner = nn.functional.gelu(second.forward(nn.functional.gelu(first.forward(input))));
        var vectors = nn.functional.normalize(third.forward(inner), 2, -1);                       // [batch, bottleneck]
        return vectors.matmul(nn.functional.normalize(prototypes, 2, -1).transpose(0, 1));
    }
}
