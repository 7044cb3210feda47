using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Models;
using TorchSharp;

namespace Plinth.Recipes.Inspection;

/// <summary>What there is to say of the tokens of one source.</summary>
/// <param name="Name">The source.</param>
/// <param name="Documents">Documents that have tokens.</param>
/// <param name="Tokens">Their tokens, without those that sequences add.</param>
/// <param name="Bytes">Length of all documents in UTF-8.</param>
/// <param name="Unknown">Tokens that stand for what the vocabulary lacks.</param>
/// <param name="Lengths">Tokens of a document at the least, a tenth, the half, nine tenths, 99 of 100, and the most.</param>
public sealed record SourceStatistics(string Name, int Documents, long Tokens, long Bytes, long Unknown, IReadOnlyList<long> Lengths);

/// <summary>How sequences are filled, seen over the first batches.</summary>
/// <param name="BatchesPerEpoch">Batches of one pass.</param>
/// <param name="BatchCount">Batches looked at.</param>
/// <param name="Sequences">Sequences in them.</param>
/// <param name="PaddingShare">Share of the places that hold no token of a text, 0 to 1.</param>
/// <param name="DocumentsPerSequence">Documents that a sequence holds, or parts of, on average.</param>
/// <param name="SamplesOf">Sequences of each source in a mixture; empty without one.</param>
public sealed record PackingStatistics(
    long BatchesPerEpoch, int BatchCount, long Sequences, double PaddingShare, double DocumentsPerSequence, IReadOnlyDictionary<string, long> SamplesOf);

/// <summary>The text of a pre-training recipe as its model will see it. Tokenizer and encoded text are kept in the folder of the run, where the run finds them.</summary>
public sealed class CorpusInspection : IDisposable
{
    private const int MostBatches = 100;

    private static readonly double[] shares = [0, 0.1, 0.5, 0.9, 0.99, 1];

    private readonly EncodedCorpus corpus;
    private readonly IReadOnlyList<(CorpusSource Source, TokenStore Store)> stores;
    private readonly IBatchSource batches;
    private readonly Objective objective;
    private readonly Model model;
    private readonly PretrainingRecipe recipe;

    private CorpusInspection(PretrainingRecipe recipe, Tokenizer tokenizer, EncodedCorpus corpus, IReadOnlyList<(CorpusSource, TokenStore)> stores, IBatchSource batches, Model model, Objective objective) =>
        (this.recipe, Tokenizer, this.corpus, this.stores, this.batches, this.model, this.objective) = (recipe, tokenizer, corpus, stores, batches, model, objective);

    /// <summary>Makes ids of the text.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The training text of each source, encoded.</summary>
    public IEnumerable<(string Name, TokenStore Store)> Stores => stores.Select(entry => (entry.Source.Name, entry.Store));

    /// <summary>Reads and encodes the text of a recipe, and makes its objective for a small model.</summary>
    /// <param name="recipe">The run.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="PlinthException">The recipe or the data cannot be used.</exception>
    public static CorpusInspection Of(PretrainingRecipe recipe, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var (entry, component) = Pretraining.ObjectiveOf(recipe);
        if (entry.Input != Modality.Text)
        {
            throw new RecipeException($"{recipe.Name} learns from {entry.Input}, and only text is shown here.");
        }

        var options = entry.OptionsType is null ? null : component.Bind(entry.OptionsType);
        var family = ModelCatalog.Families[recipe.Model.Family];
        var data = TextPretrainingData.Read(recipe, () => new(recipe.RunFolder()), null, null, cancellation);
        // What is hidden depends on the objective and the vocabulary, not on the size of the model.
        var model = new Model(family, Pretraining.Config(family, new() { Family = recipe.Model.Family, LayerCount = 1, HiddenSize = 64, MaximumLength = recipe.Model.MaximumLength }, data.Tokenizer), entry.Head);
        var batchSize = recipe.Training.BatchSize ?? Math.Max(1, recipe.Model.Dial().BatchTokens / recipe.Model.MaximumLength / recipe.Training.Accumulation);
        var encoded = data.Encode(new(recipe, entry, component, options, recipe.Model.MaximumLength), cancellation);
        return new(recipe, data.Tokenizer, encoded.Corpus, encoded.Training, encoded.Batches(encoded.Training, batchSize)!, model, entry.Create(model, data.Roles, options));
    }

    /// <summary>Statistics of each source; its text is read once more, for its length.</summary>
    /// <param name="cancellation">Stops the work.</param>
    public IEnumerable<SourceStatistics> Sources(CancellationToken cancellation = default)
    {
        foreach (var (source, store) in stores)
        {
            var bytes = 0L;
            foreach (var document in source.Training)
            {
                cancellation.ThrowIfCancellationRequested();
                bytes += System.Text.Encoding.UTF8.GetByteCount(document.Text);
            }

            var lengths = new long[store.DocumentCount];
            for (var i = 0; i < lengths.Length; i++)
            {
                lengths[i] = store.DocumentStarts[i + 1] - store.DocumentStarts[i];
            }

            Array.Sort(lengths);
            yield return new(
                source.Name, store.DocumentCount, store.TokenCount, bytes, Tokenizer.UnknownId is { } unknown ? store.Count(unknown) : 0,
                [.. shares.Select(share => lengths[(int)(share * (lengths.Length - 1))])]);
        }
    }

    /// <summary>How the first batches are filled.</summary>
    public PackingStatistics Packing()
    {
        var (count, places, tokens, sequences, documents) = ((int)Math.Min(MostBatches, batches.BatchesPerEpoch), 0L, 0L, 0L, 0L);
        Dictionary<string, long> samples = [];
        for (var i = 0; i < count; i++)
        {
            using var scope = torch.NewDisposeScope();
            var batch = (TextBatch)batches.At(i);
            places += batch.InputIds.numel();
            tokens += batch.TokenCount;
            sequences += batch.Count;
            // In a stream a document ends before the last place of a sequence and another one begins; elsewhere each has one sequence or several.
            documents += batch.Count + (batch.Labels is not null && Tokenizer.EndId is { } end ? batch.InputIds.narrow(1, 0, batch.InputIds.size(1) - 1).eq(end).sum().item<long>() : 0);
            foreach (var name in batch.SourceNames ?? [])
            {
                samples[name] = samples.GetValueOrDefault(name) + 1;
            }
        }

        return new(batches.BatchesPerEpoch, count, sequences, 1 - (double)tokens / places, (double)documents / sequences, samples);
    }

    /// <summary>A batch as it is trained on.</summary>
    /// <param name="index">Number of the batch, from 0.</param>
    public InspectedBatch Batch(long index)
    {
        using var scope = torch.NewDisposeScope();
        return InspectedBatch.Of((TextBatch)objective.Prepare(batches.At(index), StableSeed.RandomOf(recipe.Seed, index)), objective);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        objective.Dispose();
        model.Dispose();
        corpus.Dispose();
    }
}
