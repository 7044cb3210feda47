using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.FeedForward;

/// <summary>
/// Several feed-forward networks of which a router chooses a few for each position and weighs their answers
/// (Shazeer et al. 2017, arXiv:1701.06538; Jiang et al. 2024, arXiv:2401.04088).
/// </summary>
public sealed class MixtureOfExperts : nn.Module<Tensor, Tensor>
{
    private readonly Projection router;
    private readonly ModuleList<FeedForwardNetwork> experts;
    private readonly int used;

    /// <param name="options">Sizes and form.</param>
    public MixtureOfExperts(FeedForwardOptions options)
        : base(nameof(MixtureOfExperts))
    {
        ArgumentNullException.ThrowIfNull(options);
        used = options.ExpertsPerToken;
        router = new(options.HiddenSize, options.ExpertCount, hasBias: false);
        experts = new([.. Enumerable.Range(0, options.ExpertCount).Select(_ => new FeedForwardNetwork(options))]);
        RegisterComponents();
    }

    /// <summary>The share of the experts that one position passes.</summary>
    public double UsedShare => (double)used / experts.Count;

    /// <summary>The maps that write to the residual stream.</summary>
    public IEnumerable<Projection> Outputs => experts.Select(expert => expert.Output);

    /// <param name="input"><c>[batch, seq, hidden]</c>.</param>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        var rows = input.reshape(-1, input.size(-1));                                            // [row, hidden]
        var odds = nn.functional.softmax(router.forward(rows).to(ScalarType.Float32), -1);       // [row, expert]
        var (weights, chosen) = odds.topk(used, -1);
        weights = (weights / weights.sum(-1, keepdim: true)).to(input.dtype);
        var result = zeros_like(rows);
        for (var i = 0; i < experts.Count; i++)
        {
            var hits = chosen.eq(i);                                                             // [row, used]
            var mine = hits.any(-1).nonzero().squeeze(-1);
            if (mine.numel() == 0)
            {
                continue;
            }

            var share = (weights * hits.to(weights.dtype)).sum(-1).index_select(0, mine).unsqueeze(-1);
            result = result.index_add(0, mine, experts[i].forward(rows.index_select(0, mine)) * share, 1);
        }

        return result.view_as(input);
    }
}
