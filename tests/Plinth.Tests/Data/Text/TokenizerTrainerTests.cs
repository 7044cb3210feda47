using Plinth.Core;
using Plinth.Data.Text;
using Xunit;

namespace Plinth.Tests.Data.Text;

/// <summary>Tokenizers that are learnt.</summary>
public class TokenizerTrainerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly string[] Corpus = [.. Enumerable.Range(0, 40).Select(i =>
        $"The quick brown fox number {i} jumps over the lazy dogs; the foxes' tails don't matter. Größe und Straße. 你好 😀<|endoftext|>Low lower lowest, newer newest wide wider widest.")];

    [Fact]
    public void Byte_pairs_are_learnt_by_how_often_they_occur()
    {
        // Counts: "lo" 8, "ow" 8 (l-o has the smaller ids), then "low" 8, then "er" 3 ...
        var tokenizer = ByteLevelBpeTrainer.Train(["low low low low low lower lower lower"], new() { VocabularySize = 261 }, cancellation: Stop);
        Assert.Equal(["lo", "low", "Ġlow", "er"], Enumerable.Range(257, 4).Select(tokenizer.TokenOf));
        Assert.Equal(["low", "Ġlow", "er"], tokenizer.EncodeIds("low lower").Select(tokenizer.TokenOf));
    }

    [Fact]
    public void Byte_level_texts_come_back_and_special_tokens_are_not_cut()
    {
        var tokenizer = ByteLevelBpeTrainer.Train(Corpus, new() { VocabularySize = 340 }, cancellation: Stop);
        Assert.Equal(340, tokenizer.VocabularySize);
        Assert.Equal((0, 0), (tokenizer.BeginId!.Value, tokenizer.EndId!.Value));
        Assert.Equal([0], tokenizer.EncodeIds("<|endoftext|>"));
        Assert.DoesNotContain(Enumerable.Range(1, 339), id => tokenizer.TokenOf(id)!.Contains("endo", StringComparison.Ordinal));
        foreach (var text in RandomTexts.Make(8, 200).Concat(Corpus))
        {
            Assert.Equal(text, tokenizer.Decode(tokenizer.EncodeIds(text), skipSpecial: false));
        }
    }

    [Fact]
    public void Texts_end_with_their_token_where_that_is_asked_for()
    {
        var tokenizer = ByteLevelBpeTrainer.Train(Corpus, new() { VocabularySize = 300, EndsTexts = true }, cancellation: Stop);
        var plain = ByteLevelBpeTrainer.Train(Corpus, new() { VocabularySize = 300 }, cancellation: Stop);
        Assert.Equal([.. plain.EncodeIds("Größe"), 0], tokenizer.EncodeIds("Größe", addSpecial: true));
        Assert.Equal(plain.EncodeIds("Größe"), tokenizer.EncodeIds("Größe"));
        Assert.Equal([0], tokenizer.AddSpecial([]).Ids);
        Assert.Equal("Größe", tokenizer.Decode(tokenizer.EncodeIds("Größe", addSpecial: true)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_same_documents_give_the_same_tokenizer(bool isWordPiece)
    {
        PipelineTokenizer Train(IEnumerable<string> documents) =>
            isWordPiece ? WordPieceTrainer.Train(documents, new() { VocabularySize = 150 }, cancellation: Stop) : ByteLevelBpeTrainer.Train(documents, new() { VocabularySize = 350 }, cancellation: Stop);
        var (one, other) = (Train(Corpus), Train(Corpus.Reverse()));
        Assert.Equal(Tokens(one), Tokens(other));
        using var folder = new TemporaryFolder();
        one.Save(folder.Path("one"));
        other.Save(folder.Path("other"));
        Assert.Equal(File.ReadAllBytes(folder.Path("one", "tokenizer.json")), File.ReadAllBytes(folder.Path("other", "tokenizer.json")));
        var again = TokenizerFiles.Load(folder.Path("one"));
        foreach (var text in RandomTexts.Make(9, 100).Concat(Corpus))
        {
            Assert.Equal(one.Encode(text).Ids, again.Encode(text).Ids);
        }
    }

    [Fact]
    public void Tokens_may_hold_several_words_but_never_two_sentences()
    {
        string[] corpus = [.. Enumerable.Range(0, 200).Select(i => $"It is one of the {i} best of the books.\nIt is one of the {i * 7} worst! \"One of the few,\" he said.")];
        var (plain, across) = (
            ByteLevelBpeTrainer.Train(corpus, new() { VocabularySize = 340 }, cancellation: Stop),
            ByteLevelBpeTrainer.Train(corpus, new() { VocabularySize = 340, AcrossWords = true }, cancellation: Stop));
        Assert.Contains(Tokens(across), token => token!.TrimStart('Ġ').Contains("Ġof", StringComparison.Ordinal));
        Assert.DoesNotContain(Tokens(plain), token => token!.TrimStart('Ġ').Contains('Ġ', StringComparison.Ordinal));
        Assert.DoesNotContain(Tokens(across), token => token!.TrimEnd('Ċ').Contains('Ċ', StringComparison.Ordinal) || token.Contains(".Ġ", StringComparison.Ordinal) || token.Contains("!Ġ", StringComparison.Ordinal));
        const string HeldOut = "It is one of the 12 best books. He said: one of the few of the worst!\n\nIt is.";
        Assert.True(across.EncodeIds(HeldOut).Count < plain.EncodeIds(HeldOut).Count);
        using var folder = new TemporaryFolder();
        across.Save(folder.Root);
        var again = TokenizerFiles.Load(folder.Root);
        foreach (var text in RandomTexts.Make(31, 200).Concat(corpus.Take(5)))
        {
            Assert.Equal(text, across.Decode(across.EncodeIds(text), skipSpecial: false));
            Assert.Equal(across.EncodeIds(text), again.EncodeIds(text));
        }
        Assert.Throws<RecipeException>(() => ByteLevelBpeTrainer.Train(corpus, new() { AcrossWords = true, WithinWordsShare = 2 }, cancellation: Stop));
    }

    [Fact]
    public void Word_pieces_cover_their_corpus()
    {
        var tokenizer = WordPieceTrainer.Train(Corpus, new() { VocabularySize = 150 }, cancellation: Stop);
        Assert.Equal(150, tokenizer.VocabularySize);
        Assert.Equal(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], Enumerable.Range(0, 5).Select(tokenizer.TokenOf));
        foreach (var text in Corpus)
        {
            Assert.DoesNotContain(tokenizer.UnknownId!.Value, tokenizer.EncodeIds(text));
        }

        Assert.Contains("the", tokenizer.EncodeIds("The").Select(tokenizer.TokenOf));
        Assert.Equal("the lowest, newest größe 😀".Replace('ö', 'o'), tokenizer.Decode(tokenizer.Encode("The LOWEST, newest Größe 😀").Ids));
        Assert.Equal([2, 3], tokenizer.Encode("").Ids);
        Assert.Equal([2, 3, 3], tokenizer.Encode("", "").Ids);
        var cased = WordPieceTrainer.Train(Corpus, new() { VocabularySize = 150, Lowercase = false }, cancellation: Stop);
        Assert.Equal("The Größe", cased.Decode(cased.EncodeIds("The Größe")));
    }

    [Fact]
    public void Each_character_is_a_token()
    {
        var tokenizer = CharacterTokenizer.Train(["hello", "wörld 😀\n"], cancellation: Stop);
        Assert.Equal(2 + 11, tokenizer.VocabularySize);
        const string Text = "dröhw\n 😀";
        Assert.Equal(8, tokenizer.EncodeIds(Text).Count);
        Assert.Equal(Text, tokenizer.Decode(tokenizer.EncodeIds(Text)));
        Assert.Equal([tokenizer.UnknownId!.Value], tokenizer.EncodeIds("z"));
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.Root);
        var again = TokenizerFiles.Load(folder.Root);
        Assert.Equal(tokenizer.EncodeIds(Text), again.EncodeIds(Text));
        Assert.Equal(Text + Text, again.Decode(again.EncodeIds(Text + Text)));
        var bare = CharacterTokenizer.Train(["ab"], [], unknownToken: null, cancellation: Stop);
        Assert.Equal(2, bare.VocabularySize);
        Assert.Equal([0, 1], bare.EncodeIds("azb"));
        var long1 = string.Concat(Enumerable.Repeat("abba", 500));
        Assert.Equal(long1, bare.Decode(bare.EncodeIds(long1)));
    }

    [Fact]
    public void Impossible_options_are_refused()
    {
        Assert.Throws<RecipeException>(() => ByteLevelBpeTrainer.Train(Corpus, new() { VocabularySize = 256 }, cancellation: Stop));
        Assert.Throws<RecipeException>(() => ByteLevelBpeTrainer.Train(Corpus, new() { SpecialTokens = ["<a>", "<a>"] }, cancellation: Stop));
        Assert.Throws<RecipeException>(() => ByteLevelBpeTrainer.Train(Corpus, new() { MinimumFrequency = 0 }, cancellation: Stop));
        Assert.Throws<RecipeException>(() => WordPieceTrainer.Train(Corpus, new() { SpecialTokens = ["[UNK]"] }, cancellation: Stop));
        Assert.Throws<RecipeException>(() => CharacterTokenizer.Train(Corpus, ["T"], cancellation: Stop));
    }

    [Fact]
    public void Training_stops_when_asked_and_tells_how_far_it_is()
    {
        using var stop = new CancellationTokenSource();
        var progress = new Progress(value =>
        {
            if (value > 0.3)
            {
                stop.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => ByteLevelBpeTrainer.Train(Corpus, new() { VocabularySize = 400 }, progress, stop.Token));
        Assert.InRange(progress.Last, 0.3, 0.4);
    }

    private static IEnumerable<string?> Tokens(Tokenizer tokenizer) => Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.TokenOf);

    private sealed class Progress(Action<double> report) : IProgress<double>
    {
        public double Last { get; private set; }

        public void Report(double value) => report(Last = value);
    }
}
