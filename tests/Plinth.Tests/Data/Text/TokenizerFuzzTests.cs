using System.Diagnostics;
using System.Text.RegularExpressions;
using Plinth.Data.Text;
using Peer = Microsoft.ML.Tokenizers;

namespace Plinth.Tests.Data.Text;

/// <summary>Every published tokenizer at hand on texts that tokenizers trip over: the peer's ids where there is one, and what must hold of any.</summary>
public class TokenizerFuzzTests
{
    private const int Count = 1500;

    /// <summary>Files, and whether text comes back from their ids as it was.</summary>
    public static TheoryData<string, bool> Files => new()
    {
        { "gpt2", true }, { "whisper/tokenizer.json", true }, { "whisper/gpt2.tiktoken", true }, { "whisper/multilingual.tiktoken", true }, { "phi2_codegen", true },
        { "tiktoken/r50k_base.tiktoken", true }, { "tiktoken/p50k_base.tiktoken", true }, { "tiktoken/cl100k_base.tiktoken", true }, { "tiktoken/o200k_base.tiktoken", true },
        { "neox20b/20B_tokenizer.json", false }, // composes characters
        { "phi3_mini", false }, // visible spaces of the text become spaces
        { "clip_bpe", false }, { "clip_bpe/bpe_simple_vocab_16e6.txt.gz", false }, { "bert_base_uncased_minilm", false }, { "bert_base_uncased_minilm/vocab.txt", false },
        { "t5_small", false }, { "nmt_marian", false }, { "nmt_marian/vocab.joint.spm", false }, { "sentencepiece/test_model.model", false }, { "sentencepiece/test_ja_model.model", false },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void What_holds_of_any_tokenizer_holds(string file, bool isLossless)
    {
        var tokenizer = TokenizerFiles.Load(Fixtures.Shared($"tokenizers/{file}"));
        foreach (var plain in FuzzTexts.Make(11, 300))
        {
            foreach (var text in new[] { plain, FuzzTexts.WithLoneSurrogates(plain, plain.Length) })
            {
                var encoding = tokenizer.Encode(text, addSpecial: false);
                Assert.Equal(encoding.Ids, tokenizer.EncodeIds(text));
                Assert.All(encoding.Ids, id => Assert.NotNull(tokenizer.TokenOf(id)));
                Assert.All(encoding.Spans, span => Assert.True(span.Start >= 0 && span.Start <= span.End && span.End <= text.Length, $"{span} in '{text}'"));
                var decoded = tokenizer.Decode(encoding.Ids, skipSpecial: false);
                if (isLossless)
                {
                    Assert.Equal(string.Concat(text.EnumerateRunes().Select(rune => rune.ToString())), decoded);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void What_is_saved_loads_again_the_same(string file, bool isLossless)
    {
        _ = isLossless;
        var tokenizer = TokenizerFiles.Load(Fixtures.Shared($"tokenizers/{file}"));
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.Root);
        var again = TokenizerFiles.Load(folder.Root);
        Assert.Equal(tokenizer.VocabularySize, again.VocabularySize);
        Assert.Equal(tokenizer.SpecialIds.Order(), again.SpecialIds.Order());
        Assert.Equal([tokenizer.PadId, tokenizer.BeginId, tokenizer.EndId, tokenizer.UnknownId, tokenizer.MaskId], [again.PadId, again.BeginId, again.EndId, again.UnknownId, again.MaskId]);
        foreach (var text in FuzzTexts.Make(12, 50))
        {
            var ids = tokenizer.Encode(text).Ids;
            Assert.Equal(ids, again.Encode(text).Ids);
            Assert.Equal(tokenizer.Decode(ids), again.Decode(ids));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Words_of_any_length_take_no_time(string file, bool isLossless)
    {
        var tokenizer = TokenizerFiles.Load(Fixtures.Shared($"tokenizers/{file}"));
        var watch = Stopwatch.StartNew();
        foreach (var text in FuzzTexts.Long(13))
        {
            var ids = tokenizer.EncodeIds(text);
            if (isLossless)
            {
                Assert.Equal(text, tokenizer.Decode(ids));
            }
        }
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    [Theory]
    [InlineData("r50k_base", "text-davinci-001")]
    [InlineData("p50k_base", "text-davinci-003")]
    [InlineData("cl100k_base", "gpt-4")]
    [InlineData("o200k_base", "gpt-4o")]
    public void Tiktoken_ids_are_the_peers(string name, string model)
    {
        var path = Fixtures.Shared($"tokenizers/tiktoken/{name}.tiktoken");
        using var ranks = File.OpenRead(path);
        // The peer takes seconds for a word of 100 kB; one of its encodings has to.
        SameIds(TokenizerFiles.Load(path), Peer.TiktokenTokenizer.CreateForModel(model, ranks), IsSeenAlike, 900, name == "r50k_base" ? 100_000 : 10_000);
    }

    [Fact]
    public void GPT2_ids_are_the_peers()
    {
        var folder = Fixtures.Shared("tokenizers/gpt2");
        Dictionary<string, int> special = new() { ["<|endoftext|>"] = 50256 };
        var peer = Peer.BpeTokenizer.Create(new Peer.BpeOptions(Path.Combine(folder, "vocab.json"), Path.Combine(folder, "merges.txt"))
        {
            ByteLevel = true,
            PreTokenizer = new Peer.RegexPreTokenizer(new(TokenizerWordCutTests.Gpt2), special),
            SpecialTokens = special,
        });
        SameIds(TokenizerFiles.Load(folder), peer, IsSeenAlike, 900);
    }

    [Fact]
    public void GPT2s_files_and_r50k_give_the_same_ids()
    {
        var (files, ranks) = (TokenizerFiles.Load(Fixtures.Shared("tokenizers/gpt2")), TokenizerFiles.Load(Fixtures.Shared("tokenizers/tiktoken/r50k_base.tiktoken")));
        foreach (var text in FuzzTexts.Make(14, Count).Concat(FuzzTexts.Long(14)))
        {
            Assert.Equal(files.EncodeIds(text), ranks.EncodeIds(text));
        }
    }

    [Fact]
    public void CodeGen_ids_are_the_peers()
    {
        // The peer reads GPT-2's files and adds CodeGen's tokens for many spaces itself.
        var folder = Fixtures.Shared("tokenizers/gpt2");
        using var vocabulary = File.OpenRead(Path.Combine(folder, "vocab.json"));
        using var merges = File.OpenRead(Path.Combine(folder, "merges.txt"));
        SameIds(TokenizerFiles.Load(Fixtures.Shared("tokenizers/phi2_codegen")), Peer.CodeGenTokenizer.Create(vocabulary, merges), IsSeenAlike, 900);
    }

    [Fact]
    public void Whispers_two_forms_give_the_same_ids()
    {
        var (json, ranks) = (TokenizerFiles.Load(Fixtures.Shared("tokenizers/whisper/tokenizer.json")), TokenizerFiles.Load(Fixtures.Shared("tokenizers/whisper/multilingual.tiktoken")));
        Assert.Equal(json.VocabularySize, ranks.VocabularySize);
        foreach (var text in FuzzTexts.Make(15, Count).Append("<|startoftranscript|><|de|><|transcribe|><|0.00|> Hallo<|29.98|>"))
        {
            Assert.Equal(json.EncodeIds(text), ranks.EncodeIds(text));
        }
    }

    [Fact]
    public void CLIPs_two_forms_give_the_same_ids()
    {
        var (json, list) = (TokenizerFiles.Load(Fixtures.Shared("tokenizers/clip_bpe/tokenizer.json")), TokenizerFiles.Load(Fixtures.Shared("tokenizers/clip_bpe/bpe_simple_vocab_16e6.txt.gz")));
        // tokenizer.json looks for the start token in lower case text without being told that it is no text; both have it.
        foreach (var text in FuzzTexts.Make(16, Count))
        {
            Assert.Equal(json.Encode(text).Ids, list.Encode(text).Ids);
        }
    }

    [Fact]
    public void BERT_ids_are_the_peers()
    {
        var path = Fixtures.Shared("tokenizers/bert_base_uncased_minilm/vocab.txt");
        // The peer drops symbols and fractions (£, +, ½) and strips no accents under invariant globalization;
        // two line ends together spoil the word after them; it takes [MASK] and its like as text. The parity cases hold ours against the Rust library there.
        static bool IsPlain(string text) => text.Length > 0 && Regex.IsMatch(text, @"\A[a-zA-Z0-9 .,!?'""();:{}\-—”#@/%&*\u4E00-\u9FFF]*\z");
        var texts = FuzzTexts.Make(17, 20_000).Where(IsPlain).ToList();
        SameIds(TokenizerFiles.Load(path), Peer.BertTokenizer.Create(path), texts, 100);
    }

    [Theory]
    [InlineData("test_model.model")]
    [InlineData("test_ja_model.model")]
    public void SentencePiece_ids_are_the_peers(string name)
    {
        var path = Fixtures.Shared($"tokenizers/sentencepiece/{name}");
        using var model = File.OpenRead(path);
        var (ours, peer) = (TokenizerFiles.Load(path), Peer.SentencePieceTokenizer.Create(model, addBeginningOfSentence: false));
        // The peer gives an unknown token for each character where SentencePiece gives one for a run (the parity case of a unigram model shows it),
        // and finds control pieces in text. Of cuts that are as good, such as "......" before "." or after it, rounding decides;
        // SentencePiece rounds its sums to single precision and so do we, the peer does it otherwise.
        var lines = File.ReadLines(Fixtures.Shared("tokenizers/sentencepiece/botchan.txt")).Take(2000).Where(line => line.Length > 0 && !line.Contains(".......", StringComparison.Ordinal)).ToList();
        foreach (var text in lines)
        {
            var ids = peer.EncodeToIds(text);
            Assert.True(ids.Where((id, i) => id != 0 || i == 0 || ids[i - 1] != 0).SequenceEqual(ours.EncodeIds(text)), text);
        }
    }

    [Fact]
    public void SentencePiece_ids_of_a_BPE_model_with_bytes_are_the_peers()
    {
        var path = Path.Combine(Fixtures.Folder("tok-sentencepiece-bpe-bytefallback"), "spiece.model");
        using var model = File.OpenRead(path);
        // The peer loses texts of a single character.
        var texts = FuzzTexts.Make(10, Count).Where(text => text.Length > 2).ToList();
        SameIds(TokenizerFiles.Load(path), Peer.SentencePieceTokenizer.Create(model, addBeginningOfSentence: false), texts, 1400);
    }

    /// <summary>The peer's expressions see the halves of characters beyond U+FFFF, which are no letters or numbers; ours see the characters.</summary>
    private static bool IsSeenAlike(string text) => text.Length > 0 && !text.Contains('ſ', StringComparison.Ordinal)
        && !text.EnumerateRunes().Any(rune => rune.Value > 0xFFFF && (System.Text.Rune.IsLetterOrDigit(rune) || System.Text.Rune.GetUnicodeCategory(rune) is
            System.Globalization.UnicodeCategory.OtherNumber or System.Globalization.UnicodeCategory.LetterNumber or System.Globalization.UnicodeCategory.NonSpacingMark
            or System.Globalization.UnicodeCategory.SpacingCombiningMark or System.Globalization.UnicodeCategory.EnclosingMark));

    private static void SameIds(PipelineTokenizer ours, Peer.Tokenizer peer, Func<string, bool> isComparable, int least, int longest = 100_000) =>
        SameIds(ours, peer, [.. FuzzTexts.Make(10, Count).Where(isComparable), .. FuzzTexts.Long(10).Take(2).Select(text => text[..longest])], least);

    private static void SameIds(PipelineTokenizer ours, Peer.Tokenizer peer, List<string> texts, int least)
    {
        Assert.True(texts.Count >= least, $"Only {texts.Count} texts can be compared.");
        foreach (var text in texts)
        {
            var (expected, found) = (peer.EncodeToIds(text), ours.EncodeIds(text));
            Assert.True(expected.SequenceEqual(found), $"'{text[..Math.Min(200, text.Length)]}': {string.Join(' ', found.Take(60))}, the peer has {string.Join(' ', expected.Take(60))}");
        }
    }
}
