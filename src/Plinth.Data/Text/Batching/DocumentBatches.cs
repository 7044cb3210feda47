using Plinth.Data.Batching;
using Plinth.Core;

namespace Plinth.Data.Text.Batching;

/// <summary>
/// Documents with the tokenizer's special tokens around them, for predicting hidden tokens: a long document is cut into
/// equal pieces, so that each token is read once per epoch, and pieces of similar length share a batch.
/// </summary>
public sealed class DocumentBatches : IBatchSource
{
    private readonly TokenStore store;
    private readonly SpecialTemplate template;
    private readonly EpochOrder order;
    private readonly long[] starts;
    private readonly int[] lengths;
    private readonly int padId;

    /// <param name="store">The corpus.</param>
    /// <param name="tokenizer">Its special tokens.</param>
    /// <param name="batchSize">Sequences in a batch.</param>
    /// <param name="maximumLength">Longest sequence in tokens, special tokens included.</param>
    /// <param name="seed">Chooses the orders.</param>
    /// <param name="isShuffled">False keeps the order of the corpus.</param>
    /// <exception cref="PlinthException">No text fits between the special tokens.</exception>
    public DocumentBatches(TokenStore store, Tokenizer tokenizer, int batchSize, int maximumLength, ulong seed, bool isShuffled = true)
    {
        ArgumentNullException.ThrowIfNull(store);
        this.store = store;
        template = new(tokenizer, isPair: false);
        padId = TextRow.PadIdOf(tokenizer);
        (starts, lengths) = Spans.Cut(store.DocumentStarts, Spans.Room(template, maximumLength, least: 1));
        order = new(starts.Length, batchSize, seed, isShuffled, i => lengths[i]);
    }

    /// <inheritdoc />
    public long BatchesPerEpoch => order.BatchesPerEpoch;

    /// <inheritdoc />
    public Batch At(long index) => TextRow.Batch([.. order.Items(index).Select(Row)], padId);

    private TextRow Row(int piece)
    {
        var (start, ids) = (starts[piece], new int[lengths[piece]]);
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = store[start + i];
        }

        // A piece begins a word even where a long word was cut.
        return template.Row(ids, startsWord: store.HasWordStarts ? (_, i) => i == 0 || store.StartsWord(start + i) : null);
    }
}
