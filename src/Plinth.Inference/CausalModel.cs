using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Inference.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference;

/// <summary>What generating and scoring ask of a model: that it predicts the next token, and its logits at chosen positions alone.</summary>
internal static class CausalModel
{
    /// <summary>For generating: also a decoder that reads what an encoder wrote.</summary>
    public static Model CheckGenerator(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.HeadKind == HeadKind.SequenceToSequence ? model : Check(model);
    }

    public static Model Check(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Family.IsCausal && model.HeadKind == HeadKind.CausalLanguageModeling
            ? model
            : throw new PlinthException(
                $"A '{model.Family.ModelType}' model with the head {model.HeadKind} does not predict the next token. Load a causal model with the head {HeadKind.CausalLanguageModeling}.");
    }

    /// <summary>Float32 logits of some vectors <c>[..., hidden]</c>; <c>[..., vocab]</c>.</summary>
    public static Tensor Project(Model model, Tensor hidden)
    {
        var logits = model.Head is TokenHead head
            ? head.Project(hidden, model.Backbone)
            : model.Head!.Logits(new(hidden, null), model.Backbone);
        return logits.to(ScalarType.Float32);
    }

    /// <summary>The options with the tokenizer's end token, where neither they nor the model name one.</summary>
    public static GenerationOptions WithEnd(GenerationOptions options, Model model, Tokenizer tokenizer) =>
        options.EosTokenIds is null && model.Config.EndIds.Count == 0 && tokenizer.EndId is { } end ? options with { EosTokenIds = [end] } : options;

    public static void CheckIds(IReadOnlyList<int> ids, int vocabularySize, string what)
    {
        ArgumentNullException.ThrowIfNull(ids);
        foreach (var id in ids)
        {
            if (id < 0 || id >= vocabularySize)
            {
                throw new PlinthException($"{what} holds the id {id}, and this model's ids go from 0 to {vocabularySize - 1}. Use the tokenizer that belongs to the model.");
            }
        }
    }
}
