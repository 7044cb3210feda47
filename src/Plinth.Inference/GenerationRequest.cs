using Plinth.Core;
using Plinth.Inference.Sampling;

namespace Plinth.Inference;

/// <summary>Prompts and options, checked against the model, with the model's own values where the options leave a gap.</summary>
internal sealed class GenerationRequest
{
    public GenerationRequest(Model model, IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(options);
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

            if (prompts[i].Count >= limit)
            {
                throw new PlinthException($"Prompt {i} has {prompts[i].Count} tokens, and the {limit} positions of this model leave no room for a new one. Shorten it.");
            }
        }

        Prompts = prompts;
        EndIds = options.EosTokenIds ?? [.. model.Config.EndIds.Where(id => id >= 0 && id < vocabulary)];
        PadId = options.PadTokenId ?? (model.Config.PadTokenId is { } pad && pad >= 0 && pad < vocabulary ? pad : EndIds.Count > 0 ? EndIds[0] : 0);
        var room = limit - (prompts.Count == 0 ? 0 : prompts.Max(prompt => prompt.Count));
        LengthReason = room < options.MaxNewTokens ? FinishReason.ContextLimit : FinishReason.MaxNewTokens;
        Options = room < options.MaxNewTokens ? options with { MaxNewTokens = room, MinNewTokens = Math.Min(options.MinNewTokens, room) } : options;
    }

    public IReadOnlyList<IReadOnlyList<int>> Prompts { get; }

    /// <summary>Options whose length fits the model.</summary>
    public GenerationOptions Options { get; }

    public IReadOnlyList<int> EndIds { get; }

    public int PadId { get; }

    /// <summary>What it means when the length runs out.</summary>
    public FinishReason LengthReason { get; }
}
