using Plinth.Core;
using Plinth.Data.Text;
using Xunit;

namespace Plinth.Tests.Data.Text;

/// <summary>Unigram vocabularies that are learnt.</summary>
public class UnigramTrainerTests
{
    private static readonly string[] Corpus = [.. Enumerable.Range(0, 60).Select(i =>
        $"The quick brown fox number {i} jumps over the lazy dogs; the foxes' tails don't matter. Größe und Straße. Low lower lowest, newer newest wide wider widest.")];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Frequent_words_become_one_piece_and_rare_ones_several()
    {
        var tokenizer = UnigramTrainer.Train(Corpus, new() { VocabularySize = 120 }, cancellation: Stop);
        Assert.InRange(tokenizer.VocabularySize, 80, 120);
        Assert.Equal(["▁the", "▁quick"], tokenizer.EncodeIds("the quick").Select(tokenizer.TokenOf));
        Assert.True(tokenizer.EncodeIds("quixotic").Count > 2);
        Assert.Equal("the quick brown fox", tokenizer.Decode(tokenizer.EncodeIds("the  quick\nbrown fox ")));
    }

    [Fact]
    public void The_same_documents_give_the_same_file_in_any_order()
    {
        using var folder = new TemporaryFolder();
        UnigramTrainer.Train(Corpus, new() { VocabularySize = 120 }, cancellation: Stop).Save(folder.Path("one"));
        UnigramTrainer.Train(Corpus.Reverse(), new() { VocabularySize = 120 }, cancellation: Stop).Save(folder.Path("other"));
        Assert.Equal(File.ReadAllBytes(folder.Path("one", "tokenizer.json")), File.ReadAllBytes(folder.Path("other", "tokenizer.json")));
    }

    [Fact]
    public void With_bytes_every_text_comes_back()
    {
        var tokenizer = UnigramTrainer.Train(Corpus, new() { VocabularySize = 400, FallsBackToBytes = true }, cancellation: Stop);
        foreach (var text in RandomTexts.Make(8, 300).Concat(Corpus).Concat([" a  b\n\n c\t", "▁", "<0x41>", "ﬁ ① ｆｕｌｌ", "<0x4", "你好 😀"]))
        {
            Assert.Equal(text, tokenizer.Decode(tokenizer.EncodeIds(text), skipSpecial: false));
        }
    }

    [Fact]
    public void A_saved_file_encodes_as_before_and_knows_its_tokens_by_their_parts()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = UnigramTrainer.Train(Corpus, new() { VocabularySize = 120 }, cancellation: Stop);
        tokenizer.Save(folder.Path("saved"));
        var loaded = TokenizerFiles.Load(folder.Path("saved"));
        Assert.All(Corpus, text => Assert.Equal(tokenizer.EncodeIds(text), loaded.EncodeIds(text)));
        Assert.Equal([0, 1, 2, 3, 4], new[] { loaded.BeginId, loaded.PadId, loaded.EndId, loaded.UnknownId, loaded.MaskId }.Select(id => id!.Value));
        Assert.Equal(["<s>", "▁fox", "</s>", "</s>", "▁fox", "</s>"], loaded.Encode("fox", "fox").Ids.Select(loaded.TokenOf));
        Assert.Equal([3], loaded.EncodeIds("\u4f60").Skip(1));
    }

    [Fact]
    public void Own_control_tokens_are_never_cut_nor_learnt()
    {
        string[] special = ["<s>", "<pad>", "</s>", "<unk>", "fox"];
        var tokenizer = UnigramTrainer.Train(Corpus, new() { VocabularySize = 120, SpecialTokens = special }, cancellation: Stop);
        Assert.Equal([4], tokenizer.EncodeIds("fox"));
        Assert.Contains("<unk>", Assert.Throws<RecipeException>(() => UnigramTrainer.Train(Corpus, new() { SpecialTokens = ["<s>", "</s>"] }, cancellation: Stop)).Message, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => UnigramTrainer.Train(Corpus, new() { VocabularySize = 5 }, cancellation: Stop));
        Assert.ThrowsAny<OperationCanceledException>(() => UnigramTrainer.Train(Corpus, cancellation: new(true)));
    }

    [Fact]
    public void Empty_and_strange_corpora_still_give_a_tokenizer()
    {
        Assert.Equal(5, UnigramTrainer.Train([], new() { VocabularySize = 50 }, cancellation: Stop).VocabularySize);
        var strange = UnigramTrainer.Train(["\ud800", "aaaa aaaa aaaa", new('b', 5000), "\0\u0301"], new() { VocabularySize = 50 }, cancellation: Stop);
        Assert.InRange(strange.EncodeIds("aaaa").Count, 1, 2);
    }

    [Fact]
    public void It_needs_as_few_tokens_as_sentencepiece_does_on_text_that_neither_has_seen()
    {
        var botchan = File.ReadAllText(Fixtures.Shared("tokenizers/sentencepiece/botchan.txt"));
        var reference = TokenizerFiles.Load(Fixtures.Shared("tokenizers/sentencepiece/test_model.model"));
        var held = File.ReadAllText(Fixtures.Shared("data/tiny_shakespeare/input.txt"))[..200_000];
        // Its own three control pieces and ours are beside the thousand.
        var trained = UnigramTrainer.Train([botchan], new() { VocabularySize = 1_002 }, cancellation: Stop);
        var (ours, theirs) = (trained.EncodeIds(held).Count, reference.EncodeIds(held).Count);
        Assert.InRange((double)ours / theirs, 0.9, 1.02);
    }
}
