using Plinth.Layers.Losses;
using static TorchSharp.torch;

namespace Plinth.Recipes.Parity;

/// <summary>Losses and their gradients.</summary>
internal static partial class NumericCase
{
    // The settings are those of the case's source; they stand there in its code only.
    private static readonly Dictionary<string, Func<Tensor, Func<string, Tensor>, Tensor>> Losses = new(StringComparer.Ordinal)
    {
        ["cross_entropy"] = (x, of) => ClassLosses.CrossEntropy(x, of("target")).Mean,
        ["cross_entropy_smooth0.1"] = (x, of) => ClassLosses.CrossEntropy(x, of("target"), smoothing: 0.1).Mean,
        ["cross_entropy_weight"] = (x, of) => ClassLosses.CrossEntropy(x, of("target"), of("weight")).Mean,
        ["bce_logits"] = (x, of) => ClassLosses.Binary(x, of("target")).Mean,
        ["bce_logits_posweight"] = (x, of) => ClassLosses.Binary(x, of("target"), of("weight")).Mean,
        ["kl_div_batchmean"] = (x, of) => DistillationLosses.KullbackLeibler(x, of("target")).Mean,
        ["mse"] = (x, of) => RegressionLosses.Squared(x, of("target")).Mean,
        ["l1"] = (x, of) => RegressionLosses.Absolute(x, of("target")).Mean,
        ["smooth_l1"] = (x, of) => RegressionLosses.SmoothAbsolute(x, of("target"), 0.7).Mean,
        ["huber"] = (x, of) => RegressionLosses.Huber(x, of("target"), 0.7).Mean,
        ["cosine_embedding"] = (x, of) => ContrastiveLosses.Cosine(x, of("target"), tensor([1f, -1f, 1f, -1f, 1f]), 0.1).Mean,
        ["ctc_mean"] = (x, of) => SequenceLosses.Ctc(x, of("targets"), of("input_lengths"), of("target_lengths"), perLabel: true).Mean,
        ["ctc_sum"] = (x, of) => SequenceLosses.Ctc(x, of("targets"), of("input_lengths"), of("target_lengths")).Sum,
        // Five labels do not fit into four frames; the loss is defined as 0.
        ["ctc_inf"] = (x, _) => SequenceLosses.Ctc(
            x, tensor(new long[] { 1, 2, 3, 4, 5 }, [1, 5]), tensor(new long[] { 4 }), tensor(new long[] { 5 }), dropImpossible: true).Sum,
        ["clip_contrastive"] = (x, _) => ContrastiveLosses.Symmetric(x).Mean,
        ["siglip"] = (x, _) => ContrastiveLosses.Sigmoid(x).Mean,
        ["triplet"] = (x, of) => ContrastiveLosses.Triplet(x, of("positive"), of("negative")).Mean,
    };

    private static void CompareLoss(ParityCase parity, string name)
    {
        var input = parity.Get(name + ".input").clone().requires_grad_();
        var value = Losses[name](input, field => parity.Get($"{name}.{field}"));
        parity.Compare(name + ".loss", value);
        parity.Compare(name + ".grad", autograd.grad([value], [input])[0]);
    }
}
