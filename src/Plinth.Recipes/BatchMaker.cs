using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Objectives;
using Plinth.Recipes.Binding;

namespace Plinth.Recipes;

/// <summary>Makes batches of documents in the form that an objective learns from.</summary>
/// <param name="objective">The objective.</param>
/// <param name="form">What the recipe asks for.</param>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="length">Longest sequence in tokens.</param>
/// <param name="component">The objective's options.</param>
internal sealed class BatchMaker(ObjectiveEntry objective, SequenceForm form, Tokenizer tokenizer, int length, Component component)
{
    private readonly bool keepsWords = component.Keys.Contains("whole_word");

    public IBatchSource Make(IEnumerable<string> documents, int batchSize, int seed, CancellationToken cancellation)
    {
        var isCausal = objective.Head == HeadKind.CausalLanguageModeling;
        var store = TokenStore.Encode(
            documents, tokenizer, new() { KeepWordStarts = keepsWords, Segments = objective.NeedsPairs ? Sentences.Split : null }, null, cancellation);
        if (objective.NeedsPairs)
        {
            return form == SequenceForm.Automatic
                ? new SentencePairBatches(store, tokenizer, batchSize, length, (ulong)seed)
                : throw new RecipeException($"data.form = {form} does not go with {objective.Name}, which learns from pairs of sentences. Leave it out.");
        }

        var chosen = form != SequenceForm.Automatic ? form : isCausal ? SequenceForm.Packed : SequenceForm.Documents;
        return chosen switch
        {
            SequenceForm.Documents when !isCausal => new DocumentBatches(store, tokenizer, batchSize, length, (ulong)seed),
            SequenceForm.Packed when isCausal => new PackedTokens(new(store, tokenizer.EndId), batchSize, length, (ulong)seed),
            SequenceForm.RandomWindows when isCausal => new RandomWindows(new(store, tokenizer.EndId), batchSize, length, (ulong)seed),
            _ => throw new RecipeException(
                $"data.form = {chosen} does not go with {objective.Name}: masked objectives read documents, causal ones read packed text or random windows."),
        };
    }
}
