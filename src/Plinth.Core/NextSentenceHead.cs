using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>A head that also says whether the second text follows the first.</summary>
public interface INextSentenceHead
{
    /// <param name="features">Output of the backbone.</param>
    /// <param name="backbone">The backbone under the head.</param>
    /// <returns>Logits for "follows" and "is random"; <c>[batch, 2]</c>.</returns>
    Tensor NextSentence(Features features, Backbone backbone);
}
