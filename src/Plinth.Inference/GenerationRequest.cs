using Plinth.Core;
using Plinth.Inference.Sampling;

namespace Plinth.Inference;

/// <summary>Prompts and options, checked against the model, with the model's own values where the options leave a gap.</summary>
internal sealed class GenerationRequest
{
    public GenerationRequest(Model model, IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions options, ImageBatch? images = null)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(options);
        Images = images is null || model.Family.Modality.HasFlag(Modality.Image)
            ? images
            : throw new PlinthException($"A '{model.Family.ModelType}' model sees no pictures. Give it text alone, or load one that does.");
        var vocabulary = model.Config.VocabSize;
        options.Validate(vocabulary);
        var limit = model.Backbone.MaximumLength;
        for (var i = 0; i < prompts.Count; i++)
        {
            CausalModel.CheckIds(prompts[i], vocabulary, $"Prompt {i}");
            if (prompts[i].Count == 0)
            {
                throw new PlinthException($"Prompt {i} is empty. A model continues something: give at least the token that begins a text.");
            }

            if (model.HeadKind == HeadKind.SequenceToSequence)
            {
                if (prompts[i].Count > limit)
                {
                    throw new PlinthException($"Text {i} has {prompts[i].Count} tokens, more than the {limit} positions of this model. Shorten it.");
                }
            }
            else if (prompts[i].Count >= limit)
            {
                throw new PlinthException($"Prompt {i} has {prompts[i].Count} tokens, and the {limit} positions of this model leave no room for a new one. Shorten it.");
            }
        }

        var isReading = model.HeadKind == HeadKind.SequenceToSequence;
        Sources = isReading ? prompts : null;
        Prompts = isReading ? [.. prompts.Select(_ => (IReadOnlyList<int>)[model.Config.DecoderStartId])] : prompts;
        EndIds = options.EosTokenIds ?? [.. model.Config.EndIds.Where(id => id >= 0 && id < vocabulary)];
        PadId = options.PadTokenId ?? (model.Config.PadTokenId is { } pad && pad >= 0 && pad < vocabulary ? pad : EndIds.Count > 0 ? EndIds[0] : 0);
        var room = limit - (Prompts.Count == 0 ? 0 : Prompts.Max(prompt => prompt.Count));
        if (options.Constraint is null)
        {
            options = options with
            {
                ForcedBosTokenId = options.ForcedBosTokenId ?? Within(model.Config.ForcedBosTokenId, vocabulary),
                ForcedEosTokenId = options.ForcedEosTokenId ?? Within(model.Config.ForcedEosTokenId, vocabulary),
            };
        }

        LengthReason = room < options.MaxNewTokens ? FinishReason.ContextLimit : FinishReason.MaxNewTokens;
        Options = room < options.MaxNewTokens ? options with { MaxNewTokens = room, MinNewTokens = Math.Min(options.MinNewTokens, room) } : options;
    }

    /// <summary>What is continued: the prompts, or of an encoder-decoder what its decoder begins with.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Prompts { get; }

    /// <summary>What an encoder-decoder reads, one text for each prompt; null for a decoder alone.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Sources { get; }

    /// <summary>Pictures whose tokens stand in the prompts, in the order of the prompts; or null.</summary>
    public ImageBatch? Images { get; }

    /// <summary>Options whose length fits the model.</summary>
    public GenerationOptions Options { get; }

    public IReadOnlyList<int> EndIds { get; }

    public int PadId { get; }

    /// <summary>What it means when the length runs out.</summary>
    public FinishReason LengthReason { get; }

    private static int? Within(int? id, int vocabulary) => id is >= 0 && id < vocabulary ? id : null;
}
