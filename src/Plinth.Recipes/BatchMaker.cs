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
    private readonly bool isCausal = objective.Head == HeadKind.CausalLanguageModeling;

    /// <summary>How documents have to be encoded.</summary>
    public TokenStoreOptions Encoding { get; } = new()
    {
        KeepWordStarts = component.Keys.Contains("whole_word"), Segments = objective.NeedsPairs ? Sentences.Split : null,
    };

    /// <summary>Makes batches of encoded documents.</summary>
    public IBatchSource Make(TokenStore store, int batchSize, ulong seed) => Chosen() switch
    {
        SequenceForm.Automatic => new SentencePairBatches(store, tokenizer, batchSize, length, seed),
        SequenceForm.Documents => new DocumentBatches(store, tokenizer, batchSize, length, seed),
        SequenceForm.Packed => new PackedTokens(new(store, tokenizer.EndId), batchSize, length, seed),
        _ => new RandomWindows(new(store, tokenizer.EndId), batchSize, length, seed),
    };

    /// <summary>The form of sequences; <see cref="SequenceForm.Automatic"/> means pairs of sentences.</summary>
    /// <exception cref="RecipeException">The form does not go with the objective.</exception>
    public SequenceForm Chosen()
    {
        if (objective.NeedsPairs)
        {
            return form == SequenceForm.Automatic ? form
                : throw new RecipeException($"data.form = {form} does not go with {objective.Name}, which learns from pairs of sentences. Leave it out.");
        }

        var chosen = form != SequenceForm.Automatic ? form : isCausal ? SequenceForm.Packed : SequenceForm.Documents;
        return isCausal != (chosen == SequenceForm.Documents) ? chosen
            : throw new RecipeException(
                $"data.form = {chosen} does not go with {objective.Name}: masked objectives read documents, causal ones read packed text or random windows.");
    }
}
