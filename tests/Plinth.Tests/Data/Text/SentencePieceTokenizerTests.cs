using System.Buffers.Binary;
using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Tests.Data.Text;

/// <summary>SentencePiece models: published ids, each kind of piece, layouts of model families, and files that are broken.</summary>
public class SentencePieceTokenizerTests
{
    private static readonly (string Text, float Score, int Kind)[] Small =
        [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("▁a", -1, 1), ("b", -2, 1), ("▁", -3, 1), ("a", -4, 1), ("ab", -5, 1), ("<tag>", 0, 4)];

    [Fact]
    public void Ids_are_the_published_ones()
    {
        // As the README of SentencePiece's Python package shows them for this model.
        var tokenizer = TokenizerFiles.Load(Fixtures.Shared("tokenizers/sentencepiece/test_model.model"));
        Assert.Equal(1000, tokenizer.VocabularySize);
        Assert.Equal([284, 47, 11, 4, 15, 400], tokenizer.EncodeIds("This is a test"));
        Assert.Equal(["▁This", "▁is", "▁a", "▁", "t", "est"], tokenizer.EncodeIds("This is a test").Select(tokenizer.TokenOf));
        Assert.Equal([151, 88, 21, 887], tokenizer.EncodeIds("Hello world"));
        Assert.Equal("This is a test", tokenizer.Decode([284, 47, 11, 4, 15, 400]));
        Assert.Equal((0, 1, 2, null), (tokenizer.UnknownId, tokenizer.BeginId, tokenizer.EndId, tokenizer.PadId));
    }

    [Theory]
    [InlineData("test_model.model", "I saw a girl with a telescope.")]
    [InlineData("test_ja_model.model", "清水寺は京都にある。")]
    public void Sentences_come_back(string name, string text)
    {
        var tokenizer = TokenizerFiles.Load(Fixtures.Shared($"tokenizers/sentencepiece/{name}"));
        Assert.Equal(text, tokenizer.Decode(tokenizer.EncodeIds(text)));
    }

    [Fact]
    public void A_book_comes_back_but_for_extra_spaces()
    {
        var tokenizer = TokenizerFiles.Load(Fixtures.Shared("tokenizers/sentencepiece/test_model.model"));
        foreach (var line in File.ReadLines(Fixtures.Shared("tokenizers/sentencepiece/botchan.txt")))
        {
            var ids = tokenizer.EncodeIds(line);
            if (!ids.Contains(0) && line.All(char.IsAscii))
            {
                Assert.Equal(string.Join(' ', line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)), tokenizer.Decode(ids));
            }
        }
    }

    [Fact]
    public void Places_lie_in_the_text_before_normalisation()
    {
        var tokenizer = TokenizerFiles.Load(Path.Combine(Fixtures.Folder("tok-sentencepiece-unigram"), "spiece.model"));
        var encoding = tokenizer.Encode("  ﬁne   ㎏");
        Assert.Equal("▁|f|in|e|▁|k|g", string.Join('|', encoding.Ids.Select(tokenizer.TokenOf)));
        Assert.Equal([new(2, 2), new(2, 3), new(2, 4), new(4, 5), new(5, 6), new(8, 9), new(8, 9)], encoding.Spans);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void User_defined_pieces_are_whole_and_control_pieces_are_never_found(int model)
    {
        var tokenizer = Load(Model(Small, model));
        Assert.Equal(["▁a", "<tag>", "<tag>", "b"], tokenizer.EncodeIds("a<tag><tag>b").Select(tokenizer.TokenOf));
        Assert.DoesNotContain(1, tokenizer.EncodeIds("<s>"));
        Assert.Equal([1, 2], tokenizer.SpecialIds.Order());
        Assert.Equal("ab", tokenizer.Decode([1, 3, 4, 2]));
        Assert.Equal("<s> ab</s>", tokenizer.Decode([1, 3, 4, 2], skipSpecial: false));
        Assert.Equal([0], tokenizer.EncodeIds("xyz").Skip(1)); // unknown neighbours are one
        Assert.Equal("a \u2047 ", tokenizer.Decode([3, 0]));
    }

    [Fact]
    public void Of_equal_scores_the_leftmost_pair_merges()
    {
        var tokenizer = Load(Model([("<unk>", 0, 2), ("a", -9, 1), ("b", -9, 1), ("c", -9, 1), ("ab", -1, 1), ("bc", -1, 1), ("▁", -9, 1)], 2));
        Assert.Equal(["▁", "ab", "c", "bc"], tokenizer.EncodeIds("abcbc").Select(tokenizer.TokenOf));
    }

    [Fact]
    public void Characters_that_are_only_parts_of_pieces_still_merge()
    {
        var tokenizer = Load(Model([("<unk>", 0, 2), ("▁", -9, 1), ("xy", -1, 1)], 2));
        Assert.Equal(["▁", "xy", "<unk>", "xy"], tokenizer.EncodeIds("xyyxxy").Select(tokenizer.TokenOf));
    }

    [Theory]
    [InlineData("LlamaTokenizer", "", "1 3 4", "1 3 1 4")]
    [InlineData("LlamaTokenizer", ",\"add_bos_token\":false,\"add_eos_token\":true", "3 4 2", "3 2 4 2")]
    [InlineData("T5Tokenizer", ",\"extra_ids\":2", "3 4 2", "3 2 5 4 2")]
    [InlineData("XLMRobertaTokenizer", "", "0 4 5 2", "0 4 2 2 6 5 2")]
    public void Layouts_are_those_of_the_class(string kind, string options, string one, string pair)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.Path("spiece.model"), Model(Small, 1));
        File.WriteAllText(folder.Path("tokenizer_config.json"), "{\"tokenizer_class\":\"" + kind + "\",\"bos_token\":\"<s>\",\"eos_token\":\"</s>\",\"unk_token\":\"<unk>\"" + options + "}");
        var tokenizer = TokenizerFiles.Load(folder.Root);
        Assert.Equal(one, string.Join(' ', tokenizer.Encode("ab").Ids));
        if (kind != "LlamaTokenizer")
        {
            Assert.Equal(pair, string.Join(' ', tokenizer.Encode("a", "b").Ids));
        }

        if (kind == "T5Tokenizer")
        {
            Assert.Equal(["▁a", "<extra_id_0>", "</s>"], tokenizer.Encode("a<extra_id_0>").Ids.Select(tokenizer.TokenOf));
        }

        using var saved = new TemporaryFolder();
        tokenizer.Save(saved.Root);
        Assert.Equal(tokenizer.Encode("ab", "a").Ids, TokenizerFiles.Load(saved.Root).Encode("ab", "a").Ids);
    }

    [Fact]
    public void Marian_takes_its_ids_from_the_vocabulary_beside_the_model()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.Path("source.spm"), Model(Small, 1));
        File.WriteAllText(folder.Path("vocab.json"), """{"</s>":0,"<unk>":1,"b":2,"▁a":3,"<pad>":4}""");
        File.WriteAllText(folder.Path("tokenizer_config.json"), """{"tokenizer_class":"MarianTokenizer","eos_token":"</s>","unk_token":"<unk>","pad_token":"<pad>"}""");
        var tokenizer = TokenizerFiles.Load(folder.Root);
        Assert.Equal([3, 2, 0], tokenizer.Encode("ab").Ids);
        Assert.Equal([3, 1, 0], tokenizer.Encode("aab").Ids); // "ab" is a piece, but not in the vocabulary
        Assert.Equal((4, 0, 1), (tokenizer.PadId!.Value, tokenizer.EndId!.Value, tokenizer.UnknownId!.Value));
        Assert.Equal("ab", tokenizer.Decode([3, 2, 0]));
        using var saved = new TemporaryFolder();
        tokenizer.Save(saved.Root);
        Assert.Equal([3, 2, 0], TokenizerFiles.Load(saved.Root).Encode("ab").Ids);
    }

    [Fact]
    public void Classes_that_are_not_known_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.Path("spiece.model"), Model(Small, 1));
        File.WriteAllText(folder.Path("tokenizer_config.json"), """{"tokenizer_class":"ShinyTokenizer"}""");
        Assert.Contains("ShinyTokenizer", Assert.Throws<BadInputException>(() => TokenizerFiles.Load(folder.Root)).Message, StringComparison.Ordinal);
        Assert.Equal([3, 4], TokenizerFiles.Load(folder.Path("spiece.model")).EncodeIds("ab"));
    }

    [Theory]
    [InlineData("tok-sentencepiece-unigram")]
    [InlineData("tok-sentencepiece-bpe-bytefallback")]
    public void Files_that_are_cut_off_or_damaged_are_read_or_refused_but_nothing_else(string name)
    {
        var whole = File.ReadAllBytes(Path.Combine(Fixtures.Folder(name), "spiece.model"));
        var random = new Random(1);
        for (var round = 0; round < 150; round++)
        {
            var damaged = whole[..(round % 2 == 0 ? whole.Length : random.Next(whole.Length))];
            for (var i = random.Next(4); i > 0 && damaged.Length > 0; i--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            try
            {
                var tokenizer = Load(damaged);
                foreach (var text in FuzzTexts.Make(round, 3))
                {
                    _ = tokenizer.Decode(tokenizer.Encode(text, text).Ids);
                }
            }
            catch (PlinthException)
            {
                // A message is what a damaged file may give.
            }
        }
    }

    [Fact]
    public void Contradictory_files_are_refused()
    {
        void Refused(byte[] model, string expected) => Assert.Contains(expected, Assert.Throws<BadInputException>(() => Load(model)).Message, StringComparison.Ordinal);
        Refused([], "unknown");
        Refused([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], "longer than its message");
        Refused([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "does not end");
        Refused([0x63, 0x64], "wire type 3");
        Refused(Model([("a", 0, 1)], 1), "no piece for what is unknown");
        Refused(Model([("<unk>", 0, 2), ("<unk2>", 0, 2)], 1), "both stand");
        Refused(Model([("<unk>", 0, 2), ("a", 0, 1), ("a", 0, 1)], 1), "twice");
        Refused(Model([("<unk>", 0, 2), ("a", float.NaN, 1)], 1), "no number");
        Refused(Model([("<unk>", 0, 2), ("a", 0, 9)], 1), "kind 9");
        Refused(Model([("<unk>", 0, 2), ("<0x00>", 0, 6)], 1), "<0x00>");
        Refused(Model([("<unk>", 0, 2), ("a", 0, 5)], 2), "unused");
        Refused(Model([("<unk>", 0, 2)], 7), "kind 7");
    }

    private static PipelineTokenizer Load(byte[] model)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.Path("spiece.model"), model);
        return TokenizerFiles.Load(folder.Path("spiece.model"));
    }

    /// <summary>A model file of these pieces.</summary>
    private static byte[] Model((string Text, float Score, int Kind)[] pieces, int model)
    {
        List<byte> bytes = [];
        foreach (var (text, score, kind) in pieces)
        {
            var utf8 = System.Text.Encoding.UTF8.GetBytes(text);
            var number = new byte[4];
            BinaryPrimitives.WriteSingleLittleEndian(number, score);
            byte[] piece = [0x0A, (byte)utf8.Length, .. utf8, 0x15, .. number, 0x18, (byte)kind];
            bytes.AddRange([0x0A, (byte)piece.Length, .. piece]);
        }
        return [.. bytes, 0x12, 2, 0x18, (byte)model];
    }
}
