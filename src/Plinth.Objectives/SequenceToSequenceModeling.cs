using Plinth.Core;
using Plinth.Layers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Objectives;

/// <summary>
/// Writing a text after having read another (Sutskever et al. 2014, arXiv:1409.3215): each token of the written text is predicted from
/// those before it, which the decoder is given (teacher forcing). Labels are the written tokens; <c>[batch, target]</c>.
/// </summary>
public sealed class SequenceToSequenceModeling : VocabularyObjective
{
    /// <param name="model">An encoder-decoder with a head for the next token.</param>
    /// <param name="peakLogits">Logits that may exist at one time, beyond which the loss is computed in pieces; null for what is fast and small.</param>
    /// <exception cref="PlinthException">The model has another head.</exception>
    public SequenceToSequenceModeling(Model model, long? peakLogits = null)
        : base(nameof(SequenceToSequenceModeling), "sequence_to_sequence", model, peakLogits)
    {
    }

    /// <inheritdoc />
    /// <remarks>The decoder's input becomes the labels moved by one, and the labels a list of positions and ids; <c>[target, 2]</c>.</remarks>
    public override Batch Prepare(Batch batch, Random random)
    {
        var text = TextBatches.Of(batch);
        var labels = text.Labels ?? throw new ArgumentException("The batch has no labels.", nameof(batch));
        using var scope = NewDisposeScope();
        var written = text.DecoderInputIds ?? TeacherForcing.ShiftRight(labels, Model.Config);
        return text with { DecoderInputIds = written.MoveToOuterDisposeScope(), Labels = VocabularyLoss.Targets(labels).MoveToOuterDisposeScope() };
    }
}
