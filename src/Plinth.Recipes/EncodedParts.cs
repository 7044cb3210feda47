using Plinth.Core;
using Plinth.Data.Batching;
using Plinth.Data.Text.Batching;

namespace Plinth.Recipes;

/// <summary>The encoded text of a run, and the batches of it.</summary>
/// <param name="Corpus">Where the tokens lie; to be let go when no batch is needed any more.</param>
/// <param name="Maker">Makes batches.</param>
/// <param name="Seed">Chooses their orders.</param>
/// <param name="Training">What is learnt from, by source.</param>
/// <param name="Validation">What is held out, of the sources that have some.</param>
internal sealed record EncodedParts(
    EncodedCorpus Corpus, BatchMaker Maker, int Seed,
    IReadOnlyList<(CorpusSource Source, TokenStore Store)> Training, IReadOnlyList<(CorpusSource Source, TokenStore Store)> Validation)
{
    /// <summary>Batches of one part, mixed where there are several sources; null where it is empty.</summary>
    /// <param name="part">What is learnt from, or what is held out: both are mixed in the same proportions.</param>
    /// <param name="batchSize">Sequences in a batch.</param>
    public IBatchSource? Batches(IReadOnlyList<(CorpusSource Source, TokenStore Store)> part, int batchSize)
    {
        if (part.Count == 0)
        {
            return null;
        }

        if (!Corpus.IsMixture)
        {
            return Maker.Make(part[0].Store, batchSize, (ulong)Seed);
        }

        var shares = Corpus.Shares(Training);
        return new MixedBatches(
            [.. part.Select((entry, i) => new MixtureSource(entry.Source.Name, Maker.Make(entry.Store, 1, (ulong)(Seed + i)), shares[entry.Source]))], batchSize, Corpus.PadId, (ulong)Seed);
    }
}
