using Plinth.Data.Batching;
using Plinth.Core;
using Plinth.Data.Text.Batching;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Data.Batching;

/// <summary>What every source of text batches keeps.</summary>
public class BatchSourceContract
{
    private static readonly WordTokenizer Words = WordTokenizer.OfWords(400);

    private static Dictionary<string, Func<ulong, IBatchSource>> Sources { get; } = new()
    {
        ["packed"] = seed => new PackedTokens(new(Corpora.Numbered(), Words.EndId), 3, 10, seed),
        ["random_windows"] = seed => new RandomWindows(new(Corpora.Numbered(), Words.EndId), 3, 10, seed),
        ["documents"] = seed => new DocumentBatches(Corpora.Numbered(), Words, 4, 12, seed),
        ["sentence_pairs"] = seed => new SentencePairBatches(Corpora.Sentences(), Words, 4, 24, seed),
        ["mixed"] = seed => new MixedBatches(
        [
            new("packed", new PackedTokens(new(Corpora.Numbered(), Words.EndId), 1, 10, seed), 1), new("random", new RandomWindows(new(Corpora.Numbered(), Words.EndId), 1, 10, seed), 2),
        ], 3, Words.PadId!.Value, seed),
        ["samples"] = seed => new SampleBatches([.. Enumerable.Range(0, 30).Select(i => new TextSample(string.Join(' ', Enumerable.Range(0, i % 7 + 1).Select(j => $"w{i + j}"))))], Encode, 4, seed),
    };

    public static TheoryData<string> Names => [.. Sources.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_batch_depends_on_its_number_alone(string name)
    {
        using var scope = NewDisposeScope();
        var (forward, backward) = (Sources[name](1), Sources[name](1));
        var count = (int)(2 * forward.BatchesPerEpoch);
        var first = Enumerable.Range(0, count).Select(i => Key(forward.At(i))).ToList();
        var second = Enumerable.Range(0, count).Reverse().Select(i => Key(backward.At(i))).Reverse().ToList();
        Assert.Equal(first, second);
        Assert.Equal(first, Enumerable.Range(0, count).AsParallel().AsOrdered().Select(i => Key(forward.At(i))));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Epochs_and_seeds_have_their_own_order(string name)
    {
        using var scope = NewDisposeScope();
        var source = Sources[name](1);
        var epoch = (int)source.BatchesPerEpoch;
        Assert.NotEqual(Keys(source, 0, epoch), Keys(source, epoch, epoch));
        Assert.NotEqual(Keys(source, 0, epoch), Keys(Sources[name](2), 0, epoch));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Batches_are_well_formed(string name)
    {
        using var scope = NewDisposeScope();
        var source = Sources[name](1);
        for (long i = 0; i < source.BatchesPerEpoch; i++)
        {
            var batch = (TextBatch)source.At(i);
            Assert.Equal(ScalarType.Int64, batch.InputIds.dtype);
            Assert.Equal(DeviceType.CPU, batch.InputIds.device_type);
            Assert.True(batch.InputIds.min().ToInt64() >= 0 && batch.InputIds.max().ToInt64() < Words.VocabularySize);
            Assert.True(batch.TokenCount <= batch.InputIds.numel());
            Assert.Equal(batch.TokenCount, batch.AttentionMask?.sum().ToInt64() ?? batch.TokenCount);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_negative_number_is_refused(string name) => Assert.Throws<ArgumentOutOfRangeException>(() => Sources[name](1).At(-1));

    private static TextBatch Encode(IReadOnlyList<Sample> samples) => TextRow.Batch(
        [.. samples.Cast<TextSample>().Select(s => Words.Encode(s.Text)).Select(e => new TextRow(e.Ids, e.TypeIds))], Words.PadId!.Value);

    private static string Keys(IBatchSource source, int start, int count) =>
        string.Join('|', Enumerable.Range(start, count).Select(i => Key(source.At(i))));

    private static string Key(Batch batch)
    {
        using var scope = NewDisposeScope();
        var text = (TextBatch)batch;
        return string.Join(' ', text.InputIds.data<long>().ToArray().Concat(text.NextSentenceLabels?.data<long>().ToArray() ?? []));
    }
}
