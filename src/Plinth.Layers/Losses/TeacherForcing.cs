using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Losses;

/// <summary>The decoder's input in training: the right tokens, whatever it would have written itself.</summary>
public static class TeacherForcing
{
    /// <summary>What a decoder has written when it predicts the labels: the token it begins with, then all labels but the last.</summary>
    /// <param name="labels">Ids, and <see cref="Batch.IgnoredLabel"/> for padding; <c>[batch, target]</c>.</param>
    /// <param name="config">Names the token it begins with, and padding.</param>
    /// <returns><c>[batch, target]</c>.</returns>
    public static Tensor ShiftRight(Tensor labels, ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(config);
        using var scope = NewDisposeScope();
        var begin = full([labels.size(0), 1], config.DecoderStartId, ScalarType.Int64, labels.device);
        var shifted = cat([begin, labels.narrow(1, 0, labels.size(1) - 1)], 1);
        return shifted.masked_fill(shifted.eq(Batch.IgnoredLabel), config.PadTokenId ?? 0).MoveToOuterDisposeScope();
    }
}
