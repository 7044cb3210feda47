using System.Text.Json;
using Plinth.Core;
using Plinth.Data.Text;
using Xunit;

namespace Plinth.Tests.Data.Text;

/// <summary>Byte-pair encodings over characters, with bytes for the rest, that are learnt.</summary>
public class BpeTrainerTests
{
    private static readonly string[] Corpus = [.. Enumerable.Range(0, 60).Select(i =>
        $"The quick brown fox number {i} jumps over the lazy dogs; the foxes' tails don't matter.\n    Größe und Straße. Low lower lowest, newer newest wide wider widest.")];

    private static readonly TokenizerTrainingOptions withBytes = new() { VocabularySize = 380, FallsBackToBytes = true };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_text_comes_back_but_for_the_sign_of_the_space()
    {
        var tokenizer = BpeTrainer.Train(Corpus, withBytes, cancellation: Stop);
        Assert.Equal(380, tokenizer.VocabularySize);
        string[] chosen = [" a  b\n\n c\t", "<0x41>", "<0x4", "ﬁ ① ｆｕｌｌ", "你好 😀", "\u0301", "\0\u0001\u007F\u0085", "e\u0301\u0323", "👩\u200D👩\u200D👧\u200D👦", " ", "   ", "\uFFFD", "\uFEFFa"];
        foreach (var text in RandomTexts.Make(8, 500).Concat(FuzzTexts.Make(3, 500)).Concat(Corpus).Concat(chosen).Where(text => !BpeTrainer.UsualTokens.Any(token => text.Contains(token, StringComparison.Ordinal))))
        {
            var ids = tokenizer.EncodeIds(text);
            Assert.Equal(text.Replace('▁', ' '), tokenizer.Decode(ids, skipSpecial: false));
            Assert.DoesNotContain(tokenizer.UnknownId!.Value, ids);
        }
    }

    [Fact]
    public void Frequent_words_are_one_token_digits_stand_alone_and_rare_characters_are_bytes()
    {
        var tokenizer = BpeTrainer.Train(Corpus, withBytes, cancellation: Stop);
        Assert.Equal(["<unk>", "<s>", "</s>", "<0x00>", "<0xFF>"], new[] { 0, 1, 2, 3, 258 }.Select(tokenizer.TokenOf));
        Assert.Equal(["▁the", "▁fox"], tokenizer.EncodeIds("the fox").Select(tokenizer.TokenOf));
        Assert.Equal(["▁", "1", "2"], tokenizer.EncodeIds("12").Select(tokenizer.TokenOf));
        Assert.Equal(["▁", "<0xE4>", "<0xBD>", "<0xA0>"], tokenizer.EncodeIds("你").Select(tokenizer.TokenOf));
        Assert.Equal(["<s>", "▁the", "<s>", "▁fox"], tokenizer.Encode("the", "fox").Ids.Select(tokenizer.TokenOf));
        Assert.Equal((1, 2, 0), (tokenizer.BeginId!.Value, tokenizer.EndId!.Value, tokenizer.UnknownId!.Value));
    }

    [Fact]
    public void Bytes_that_make_no_character_become_one_replacement_each()
    {
        var tokenizer = BpeTrainer.Train(Corpus, withBytes, cancellation: Stop);
        int[] Ids(params string[] tokens) => [.. tokens.Select(token => tokenizer.IdOf(token)!.Value)];
        Assert.Equal("\u00E9", tokenizer.Decode(Ids("<0xC3>", "<0xA9>")));
        Assert.Equal("\uFFFD\uFFFD\uFFFDr", tokenizer.Decode(Ids("<0xC3>", "<0xA9>", "<0xC3>", "r")));
        Assert.Equal("\uFFFD the", tokenizer.Decode(Ids("<0xE4>", "▁the")));
    }

    [Fact]
    public void Coverage_decides_which_characters_are_tokens()
    {
        string[] corpus = [string.Concat(Enumerable.Repeat("ab ", 500)) + "cd"];
        bool Has(double coverage, string character) =>
            BpeTrainer.Train(corpus, withBytes with { CharacterCoverage = coverage }, cancellation: Stop).IdOf(character) is not null;
        Assert.Equal([true, true, false, true], [Has(0.9, "a"), Has(0.9, "b"), Has(0.99, "c"), Has(1, "c")]);
        var tokenizer = BpeTrainer.Train(corpus, withBytes with { CharacterCoverage = 0.99 }, cancellation: Stop);
        Assert.Equal("abc", tokenizer.Decode(tokenizer.EncodeIds("abc")));
        var use = new VocabularyUse(tokenizer).Add("text", [new("abcd", "1")], Stop);
        Assert.Equal((3, 2, 2), (use.Tokens, use.ByteTokens, use.Unknown));
        Assert.Equal(2 / 3.0, use.ByteShare, 10);
    }

    [Fact]
    public void Without_bytes_runs_of_rare_characters_are_one_unknown()
    {
        var tokenizer = BpeTrainer.Train(Corpus, withBytes with { FallsBackToBytes = false, VocabularySize = 120 }, cancellation: Stop);
        Assert.Null(tokenizer.IdOf("<0x41>"));
        Assert.Equal(["▁the", "▁", "<unk>"], tokenizer.EncodeIds("the 你好").Select(tokenizer.TokenOf));
    }

    [Fact]
    public void What_a_text_spells_out_is_never_a_control_token()
    {
        var tokenizer = BpeTrainer.Train(Corpus, withBytes with { SpecialTokens = [.. BpeTrainer.UsualTokens, "▁the", "fox"] }, cancellation: Stop);
        Assert.Equal([3], tokenizer.EncodeIds("▁the"));
        Assert.DoesNotContain(3, tokenizer.EncodeIds("of the dogs"));
        Assert.Equal([4], tokenizer.EncodeIds("fox"));
        Assert.DoesNotContain(Enumerable.Range(261, tokenizer.VocabularySize - 261).Select(tokenizer.TokenOf), token => token!.Contains("fox", StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_documents_give_the_same_file_in_any_order_and_it_loads_again()
    {
        using var folder = new TemporaryFolder();
        var one = BpeTrainer.Train(Corpus, withBytes, cancellation: Stop);
        one.Save(folder.Path("one"));
        BpeTrainer.Train(Corpus.Reverse(), withBytes, cancellation: Stop).Save(folder.Path("other"));
        Assert.Equal(File.ReadAllBytes(folder.Path("one", "tokenizer.json")), File.ReadAllBytes(folder.Path("other", "tokenizer.json")));
        var loaded = TokenizerFiles.Load(folder.Path("one"));
        Assert.All(FuzzTexts.Make(5, 100), text => Assert.Equal(one.EncodeIds(text), loaded.EncodeIds(text)));
    }

    [Fact]
    public void The_Rust_library_reads_the_file_alike()
    {
        using var folder = new TemporaryFolder();
        var reference = Fixtures.Folder("trained-bpe");
        BpeTrainer.Train(Corpus, withBytes, cancellation: Stop).Save(folder.Root);
        // What the library was given is what is trained now.
        Assert.Equal(File.ReadAllText(Path.Combine(reference, "tokenizer.json")), File.ReadAllText(folder.Path("tokenizer.json")));
        var tokenizer = TokenizerFiles.Load(folder.Root);
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(reference, "reference.json")));
        foreach (var row in expected.RootElement.EnumerateArray())
        {
            int[] ids = [.. row.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            if (row.GetProperty("text").GetString() is { } text)
            {
                Assert.Equal(ids, tokenizer.EncodeIds(text, addSpecial: true));
            }

            Assert.Equal(row.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
        }

        Assert.Equal(80, expected.RootElement.GetArrayLength());
    }

    [Fact]
    public void Impossible_options_are_refused_and_strange_corpora_still_give_a_tokenizer()
    {
        Assert.Contains("<unk>", Assert.Throws<RecipeException>(() => BpeTrainer.Train(Corpus, withBytes with { SpecialTokens = ["<s>", "</s>"] }, cancellation: Stop)).Message, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => BpeTrainer.Train(Corpus, withBytes with { VocabularySize = 259 }, cancellation: Stop));
        Assert.Throws<RecipeException>(() => BpeTrainer.Train(Corpus, withBytes with { CharacterCoverage = 0 }, cancellation: Stop));
        Assert.Equal(260, BpeTrainer.Train([], withBytes, cancellation: Stop).VocabularySize);
        var strange = BpeTrainer.Train(["\ud800", "aaaa aaaa aaaa", new('b', 5000), "\0\u0301"], withBytes, cancellation: Stop);
        Assert.Equal("aaaa\u0301", strange.Decode(strange.EncodeIds("aaaa\u0301")));
        Assert.ThrowsAny<OperationCanceledException>(() => BpeTrainer.Train(Corpus, withBytes, cancellation: new(true)));
    }
}
