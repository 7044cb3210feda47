using Plinth.Core;
using Plinth.Data.Batching;
using Plinth.Data.Text.Batching;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Data.Batching;

/// <summary>Samples of several sources in one batch.</summary>
public class MixedBatchesTests
{
    private const int Length = 6;

    private static readonly WordTokenizer Words = WordTokenizer.OfWords(400);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.7, 0.3)]
    [InlineData(0.001, 0.999)]
    public void Sources_come_in_their_proportions_from_the_first_batches_on(double first, double second)
    {
        var mixed = Mix((first, 50), (second, 30));
        var share = first / (first + second);
        foreach (var batches in (int[])[1, 7, 100, 12_345])
        {
            var counts = mixed.CountsOf(batches);
            Assert.Equal(8L * batches, counts.Sum());
            // The discrepancy of the sequence grows with the logarithm of its length.
            Assert.InRange(counts[0], share * 8 * batches - 4, share * 8 * batches + 4);
        }
    }

    [Fact]
    public void Counts_are_those_of_the_names_that_travel_with_the_samples()
    {
        using var scope = NewDisposeScope();
        var mixed = Mix((3, 50), (1, 30), (0.5, 20));
        var names = Enumerable.Range(0, 60).SelectMany(i => mixed.At(i).SourceNames!).ToList();
        Assert.Equal(mixed.CountsOf(60), ((string[])["s0", "s1", "s2"]).Select(name => (long)names.Count(found => found == name)));
        Assert.Equal(8, mixed.At(0).SourceNames!.Count);
    }

    [Fact]
    public void Each_source_keeps_its_own_order_and_epochs()
    {
        using var scope = NewDisposeScope();
        var alone = Samples(0, 50);
        var mixed = Mix((1, 50), (2, 30));
        var expected = Enumerable.Range(0, (int)mixed.CountsOf(60)[0]).Select(i => Row((TextBatch)alone.At(i), 0));
        var found = Enumerable.Range(0, 60).Select(i => (TextBatch)mixed.At(i))
            .SelectMany(batch => batch.SourceNames!.Index().Where(entry => entry.Item == "s0").Select(entry => Row(batch, entry.Index)));
        Assert.Equal(expected, found);
        Assert.True(mixed.CountsOf(60)[0] > alone.BatchesPerEpoch);
    }

    [Fact]
    public void Short_samples_are_padded_and_all_that_is_known_travels()
    {
        using var scope = NewDisposeScope();
        var store = TokenStore.Encode(["w1 w2 w3 w4", "w5"], Words, new() { KeepWordStarts = true }, cancellation: TestContext.Current.CancellationToken);
        var source = new DocumentBatches(store, Words, 1, 10, 1);
        var batch = (TextBatch)new MixedBatches([new("a", source, 1), new("b", source, 1)], 4, Words.PadId!.Value, 1).At(0);
        var rows = Enumerable.Range(0, 4).Select(i => Row(batch, i).Split(' ').Select(int.Parse).ToList()).ToList();
        Assert.Equal(2, rows.Select(row => row.Count(id => id == Words.PadId)).Distinct().Count());
        Assert.Equal(rows.Sum(row => row.Count(id => id != Words.PadId)), batch.TokenCount);
        Assert.Equal(batch.TokenCount, batch.AttentionMask!.sum().ToInt64());
        Assert.Equal(batch.InputIds.shape, batch.WordStarts!.shape);
    }

    [Fact]
    public void A_share_that_is_not_above_zero_is_refused_by_name() =>
        Assert.Contains("s1", Assert.Throws<ArgumentException>(() => Mix((1, 50), (0, 30))).Message, StringComparison.Ordinal);

    private static MixedBatches Mix(params (double Share, int Documents)[] sources) =>
        new([.. sources.Select((source, i) => new MixtureSource($"s{i}", Samples(i, source.Documents), source.Share))], 8, Words.PadId!.Value, 1);

    private static PackedTokens Samples(int seed, int documents) => new(new(Corpora.Numbered(documents), null), 1, Length, (ulong)seed);

    private static string Row(TextBatch batch, int row) => string.Join(' ', batch.InputIds[row].data<long>().ToArray());
}
