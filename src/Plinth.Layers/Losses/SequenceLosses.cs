using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Plinth.Layers.Losses;

/// <summary>Losses of a label sequence whose place in the input is not known.</summary>
public static class SequenceLosses
{
    /// <summary>
    /// Connectionist temporal classification (Graves et al. 2006): the probability of all alignments together.
    /// The sum counts each sequence once; <see cref="SummedLoss.Mean"/> is the loss per sequence.
    /// </summary>
    /// <param name="logits">Raw scores; <c>[time, batch, class]</c>.</param>
    /// <param name="targets">Class numbers, padded with anything; int64 <c>[batch, target]</c>.</param>
    /// <param name="inputLengths">Frames that are not padding; int64 <c>[batch]</c>.</param>
    /// <param name="targetLengths">Targets that are not padding; int64 <c>[batch]</c>.</param>
    /// <param name="blank">Class that stands for no label.</param>
    /// <param name="dropImpossible">Whether a target longer than its input costs nothing instead of infinitely much.</param>
    /// <param name="perLabel">Whether each sequence's loss is first divided by its own target length.</param>
    public static SummedLoss Ctc(
        Tensor logits, Tensor targets, Tensor inputLengths, Tensor targetLengths, long blank = 0, bool dropImpossible = false, bool perLabel = false)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(targetLengths);
        var batch = logits.size(1);
        var reduction = perLabel ? nn.Reduction.Mean : nn.Reduction.Sum;
        var loss = F.ctc_loss(F.log_softmax(logits, -1), targets, inputLengths, targetLengths, blank, dropImpossible, reduction);
        return new(perLabel ? loss * batch : loss, batch);
    }
}
