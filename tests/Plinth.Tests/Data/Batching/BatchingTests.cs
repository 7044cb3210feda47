using Plinth.Data.Batching;
using Plinth.Core;
using Plinth.Data.Text.Batching;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Data.Batching;

public class BatchingTests
{
    private static readonly WordTokenizer Words = WordTokenizer.OfWords(400);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(10_007)]
    public void A_permutation_has_each_item_once(int count)
    {
        var order = new Permutation(count, 5);
        var items = Enumerable.Range(0, count).Select(i => order[i]).ToList();
        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), items.Order());
        Assert.True(count < 64 || items.Where((item, i) => item == i).Count() < 10);
    }

    [Fact]
    public void Packed_windows_read_each_token_once_and_ask_for_the_next()
    {
        using var scope = NewDisposeScope();
        var store = Corpora.Numbered();
        var stream = new JoinedDocuments(store, Words.EndId);
        var all = new long[stream.Length];
        stream.Read(0, all);
        Assert.Equal(store.TokenCount + store.DocumentCount, all.Length);
        Assert.Equal(store.DocumentCount, all.Count(id => id == Words.EndId));
        var source = new PackedTokens(stream, 3, 10, 1);
        List<(long, long)> seen = [];
        for (long b = 0; b < source.BatchesPerEpoch; b++)
        {
            var batch = (TextBatch)source.At(b);
            seen.AddRange(batch.InputIds.data<long>().ToArray().Zip(batch.Labels!.data<long>().ToArray()).Where(pair => pair.Second != Batch.IgnoredLabel));
        }

        Assert.Equal(all.Zip(all.Skip(1)).Order(), seen.Order());
    }

    [Fact]
    public void A_stream_can_be_read_from_anywhere()
    {
        var stream = new JoinedDocuments(Corpora.Numbered(), 5);
        var all = new long[stream.Length];
        stream.Read(0, all);
        for (var start = 0; start < all.Length; start += 3)
        {
            var part = new long[Math.Min(17, all.Length - start)];
            stream.Read(start, part);
            Assert.Equal(all[start..(start + part.Length)], part);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Read(all.Length - 1, new long[2]));
    }

    [Fact]
    public void Documents_are_read_whole_with_little_padding()
    {
        using var scope = NewDisposeScope();
        var store = Corpora.Numbered(300);
        var tokenizer = WordTokenizer.OfWords(6000);
        var source = new DocumentBatches(store, tokenizer, 8, 12, 1);
        List<long> seen = [];
        var (real, padded) = (0L, 0L);
        for (long b = 0; b < source.BatchesPerEpoch; b++)
        {
            var batch = (TextBatch)source.At(b);
            Assert.True(batch.InputIds.size(1) <= 12);
            Assert.All(batch.InputIds.select(1, 0).data<long>().ToArray(), id => Assert.Equal(tokenizer.ClassId, (int)id));
            seen.AddRange(batch.InputIds.data<long>().ToArray().Where(id => id >= 10));
            (real, padded) = (real + batch.TokenCount, padded + batch.InputIds.numel());
        }

        Assert.Equal(Enumerable.Range(10, (int)store.TokenCount).Select(i => (long)i), seen.Order());
        Assert.True(real > 0.9 * padded, $"{real} of {padded}");
    }

    [Fact]
    public void Half_of_the_pairs_follow_and_the_others_come_from_another_document()
    {
        using var scope = NewDisposeScope();
        var source = new SentencePairBatches(Corpora.Sentences(), Words, 4, 24, 1);
        var (follows, pairs) = (0, 0);
        for (long b = 0; b < 10 * source.BatchesPerEpoch; b++)
        {
            using var inner = NewDisposeScope();
            var batch = (TextBatch)source.At(b);
            Assert.True(batch.InputIds.size(1) <= 24);
            for (var row = 0; row < batch.Count; row++)
            {
                var ids = batch.InputIds[row].data<long>().ToArray();
                var types = batch.TokenTypeIds![row].data<long>().ToArray();
                var first = ids.Where((id, i) => types[i] == 0 && id >= 6).Distinct().ToList();
                var second = ids.Where((id, i) => types[i] == 1 && id >= 6).Distinct().ToList();
                var isRandom = batch.NextSentenceLabels![row].ToInt64() == 1;
                Assert.Equal(isRandom, Assert.Single(first) != Assert.Single(second));
                (follows, pairs) = (follows + (isRandom ? 0 : 1), pairs + 1);
            }
        }

        Assert.InRange(follows, pairs / 2.0 - 5 * Math.Sqrt(pairs) / 2, pairs / 2.0 + 5 * Math.Sqrt(pairs) / 2);
    }

    [Fact]
    public void Word_starts_follow_their_tokens()
    {
        using var scope = NewDisposeScope();
        var tokenizer = new WordTokenizer("wonderful day");
        var store = TokenStore.Encode(["wonderful day", "day wonderful wonderful"], tokenizer, new() { KeepWordStarts = true }, cancellation: TestContext.Current.CancellationToken);
        var batch = (TextBatch)new DocumentBatches(store, tokenizer, 2, 20, 1, isShuffled: false).At(0);
        var forms = batch.InputIds.data<long>().ToArray().Select(id => tokenizer.TokenOf((int)id)!).ToList();
        var starts = batch.WordStarts!.data<bool>().ToArray();
        Assert.Equal(3 * 2, forms.Count(form => form.StartsWith("##", StringComparison.Ordinal)));
        Assert.All(forms.Select((form, i) => (form, i)).Where(p => p.form != "[PAD]"), p => Assert.Equal(!p.form.StartsWith("##", StringComparison.Ordinal), starts[p.i]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_corpus_is_encoded_in_order_and_tells_how_far_it_is(int threads)
    {
        string[] texts = [.. Enumerable.Range(0, 1000).Select(i => i % 10 == 3 ? "" : $"w{i % 400} w{(i + 1) % 400}")];
        List<EncodeProgress> reports = [];
        var store = TokenStore.Encode(texts, Words, new() { ThreadCount = threads }, new Reporter(reports.Add), TestContext.Current.CancellationToken);
        Assert.Equal(900, store.DocumentCount);
        Assert.Equal(texts.SelectMany(t => Words.EncodeIds(t)), Enumerable.Range(0, (int)store.TokenCount).Select(i => store[i]));
        Assert.Equal(new(1000, 1800), reports[^1]);
        Assert.True(reports.Count > 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Encoding_can_be_stopped(int threads)
    {
        using var stop = new CancellationTokenSource();
        var endless = Enumerable.Range(0, int.MaxValue).Select(i =>
        {
            if (i == 5000)
            {
                stop.Cancel();
            }

            return "w1 w2";
        });
        Assert.ThrowsAny<OperationCanceledException>(() => TokenStore.Encode(endless, Words, new() { ThreadCount = threads }, null, stop.Token));
    }

    [Fact]
    public void An_empty_corpus_and_a_lone_document_are_refused_in_words()
    {
        Assert.Throws<BadInputException>(() => TokenStore.Encode(["", ""], Words, cancellation: TestContext.Current.CancellationToken));
        Assert.Throws<BadInputException>(() => TokenStore.FromIds([]));
        Assert.Throws<PlinthException>(() => new SentencePairBatches(TokenStore.FromIds([[10, 11, 12]]), Words, 2, 16, 1));
        Assert.Throws<PlinthException>(() => new DocumentBatches(Corpora.Numbered(), Words, 2, 2, 1));
        Assert.Throws<PlinthException>(() => new RandomWindows(new(TokenStore.FromIds([[10, 11]]), 5), 2, 8, 1));
        Assert.Throws<PlinthException>(() => new PackedTokens(new(TokenStore.FromIds([[10]]), null), 2, 8, 1));
    }

    private sealed class Reporter(Action<EncodeProgress> report) : IProgress<EncodeProgress>
    {
        public void Report(EncodeProgress value) => report(value);
    }
}
