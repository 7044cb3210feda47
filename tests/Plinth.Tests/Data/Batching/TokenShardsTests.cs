using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Plinth.Tests.Data.Batching;

/// <summary>Encoded corpora in files.</summary>
public sealed class TokenShardsTests : IDisposable
{
    private const string Key = "made from this";

    private static readonly WordTokenizer Words = WordTokenizer.OfWords(400);

    private static readonly Document[] Documents =
    [
        .. Enumerable.Range(0, 500).Select(i => new Document($"w{i % 400} w{i * 7 % 400}. w{i * 3 % 400} w1", i < 250 ? $"a.txt:{i + 1}" : $"folder/b{i / 100}.txt")
        {
            License = i % 100 == 0 ? null : "CC0-1.0", Origin = i < 250 ? "somewhere" : null,
        }),
    ];

    private static readonly TokenStoreOptions Options = new() { Segments = text => text.Split('.'), KeepWordStarts = true };

    private readonly TemporaryFolder folder = new();
    private readonly List<string> remarks = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(400)]
    [InlineData(70_000)]
    public void Batches_from_files_are_those_from_memory(int vocabulary)
    {
        using var scope = NewDisposeScope();
        // Words of four letters are one piece each.
        var others = Enumerable.Range(0, vocabulary).Select(i => string.Concat(Enumerable.Range(0, 4).Select(place => (char)('a' + i / (int)Math.Pow(26, place) % 26))));
        var tokenizer = new WordTokenizer([.. Enumerable.Range(0, 400).Select(i => $"w{i}"), .. others]);
        var memory = TokenStore.Encode(Documents.Select(document => document.Text), tokenizer, Options, cancellation: Stop);
        using var mapped = TokenShards.OpenOrEncode(folder.Path("shards"), Key, Documents, tokenizer, Options, cancellation: Stop);
        Assert.Equal(vocabulary > ushort.MaxValue ? 4 * memory.TokenCount : 2 * memory.TokenCount, new FileInfo(folder.Path("shards", "ids.bin")).Length);
        Assert.Equal(memory.DocumentStarts, mapped.DocumentStarts);
        Assert.Equal(memory.SegmentStarts, mapped.SegmentStarts);
        Assert.All(Enumerable.Range(0, (int)memory.TokenCount), i => Assert.Equal((memory[i], memory.StartsWord(i)), (mapped[i], mapped.StartsWord(i))));
        Assert.Equal(Ids(new DocumentBatches(memory, tokenizer, 4, 12, 1)), Ids(new DocumentBatches(mapped, tokenizer, 4, 12, 1)));
        Assert.Equal(Ids(new PackedTokens(new(memory, tokenizer.EndId), 3, 10, 1)), Ids(new PackedTokens(new(mapped, tokenizer.EndId), 3, 10, 1)));
        Assert.Equal(Ids(new SentencePairBatches(memory, tokenizer, 4, 24, 1)), Ids(new SentencePairBatches(mapped, tokenizer, 4, 24, 1)));
    }

    [Fact]
    public void A_second_run_reads_no_document()
    {
        Make().Dispose();
        using var again = TokenShards.OpenOrEncode(folder.Path("shards"), Key, Unreadable(), Words, Options, remarks.Add, cancellation: Stop);
        Assert.Equal(Documents.Length, again.DocumentCount);
        Assert.Empty(remarks);
    }

    [Fact]
    public void Every_document_is_known_by_its_source()
    {
        using var store = Make();
        Assert.All(Documents.Index(), entry => Assert.Equal(new(entry.Item.Source, entry.Item.License, entry.Item.Origin), store.SourceOf(entry.Index)));
        var token = store.DocumentStarts[300] + 1;
        Assert.Equal("folder/b3.txt", store.SourceOf(store.DocumentOf(token))!.Place);
        Assert.Null(TokenStore.Encode(["w1"], Words, cancellation: Stop).SourceOf(0));
    }

    [Fact]
    public void A_line_number_comes_back_as_it_was_written()
    {
        string[] places = ["a:1", "a:01", "a:", "a:1:2", ":7", "12", "a:99999999999999999999", "C:\\b.txt", "a:0"];
        using var store = TokenShards.OpenOrEncode(folder.Path("places"), Key, places.Select(place => new Document("w1", place)), Words, cancellation: Stop);
        Assert.Equal(places, Enumerable.Range(0, places.Length).Select(i => store.SourceOf(i)!.Place));
    }

    [Fact]
    public void What_was_made_from_something_else_is_made_anew()
    {
        Make().Dispose();
        using var other = TokenShards.OpenOrEncode(folder.Path("shards"), "another key", Documents.Take(3), Words, Options, remarks.Add, cancellation: Stop);
        Assert.Equal(3, other.DocumentCount);
        Assert.Contains("other data", Assert.Single(remarks), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ids.bin")]
    [InlineData("documents.bin")]
    [InlineData("names.bin")]
    [InlineData("seal.json")]
    public void A_damaged_file_is_seen_and_all_is_made_anew(string file)
    {
        using var before = Make();
        var expected = before.DocumentStarts.ToArray();
        before.Dispose();
        var path = folder.Path("shards", file);
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        foreach (var damaged in (byte[][])[bytes, bytes[..^1], []])
        {
            remarks.Clear();
            File.WriteAllBytes(path, damaged);
            using var store = TokenShards.OpenOrEncode(folder.Path("shards"), Key, Documents, Words, Options, remarks.Add, cancellation: Stop);
            Assert.Equal(expected, store.DocumentStarts);
            Assert.Single(remarks);
        }
    }

    [Fact]
    public void What_ends_early_leaves_nothing_behind()
    {
        using var stop = new CancellationTokenSource();
        var endless = Enumerable.Range(0, int.MaxValue).Select(i =>
        {
            if (i == 5000)
            {
                stop.Cancel();
            }

            return new Document("w1 w2", "a");
        });
        Assert.ThrowsAny<OperationCanceledException>(() => TokenShards.OpenOrEncode(folder.Path("stopped"), Key, endless, Words, cancellation: stop.Token));
        Assert.Throws<BadInputException>(() => TokenShards.OpenOrEncode(folder.Path("empty"), Key, [new("", "a")], Words, cancellation: Stop));
        Assert.Throws<BadInputException>(() => TokenShards.OpenOrEncode(folder.Path("broken"), Key, Unreadable(), Words, cancellation: Stop));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void A_store_that_was_let_go_gives_nothing()
    {
        var store = Make();
        store.Dispose();
        Assert.Throws<ArgumentOutOfRangeException>(() => store[0]);
    }

    private TokenStore Make() => TokenShards.OpenOrEncode(folder.Path("shards"), Key, Documents, Words, Options, remarks.Add, cancellation: Stop);

    private static IEnumerable<Document> Unreadable()
    {
        yield return new("w1", "a:1");
        throw new BadInputException("a:2 is malformed.");
    }

    private static List<long> Ids(IBatchSource source) =>
        [.. Enumerable.Range(0, (int)Math.Min(20, source.BatchesPerEpoch)).SelectMany(i => ((TextBatch)source.At(i)).InputIds.data<long>().ToArray())];
}
