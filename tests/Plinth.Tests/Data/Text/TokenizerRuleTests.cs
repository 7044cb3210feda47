using System.Diagnostics;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Tests.Data.Text;

/// <summary>Single steps and rules of <c>tokenizer.json</c>, other files' errors, and texts of ten million characters.</summary>
public class TokenizerRuleTests
{
    private static PipelineTokenizer Load(Action<JsonObject> change)
    {
        var root = JsonNode.Parse("""
            {"added_tokens":[],"normalizer":null,"pre_tokenizer":null,"post_processor":null,"decoder":null,
             "model":{"type":"WordLevel","vocab":{"?":0,"a":1,"b":2,"ab":3,"Ã©":4,"<pad>":5,"|":6,"c":7},"unk_token":"?"}}
            """)!.AsObject();
        change(root);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("tokenizer.json"), root.ToJsonString());
        return TokenizerFiles.Load(folder.Root);
    }

    private static JsonNode Json(string text) => JsonNode.Parse(text)!;

    [Theory] // seven tokens, three of the template
    [InlineData("LongestFirst", "Right", "a b a c", "c b a", "a b|c b")]
    [InlineData("LongestFirst", "Left", "a b a c", "c b a", "a c|b a")]
    [InlineData("LongestFirst", "Right", "a b a c", "c", "a b a|c")]
    [InlineData("OnlyFirst", "Right", "a b a c", "c b a", "a|c b a")]
    [InlineData("OnlySecond", "Left", "a b a", "c b a", "a b a|a")]
    [InlineData("OnlySecond", "Right", "a b", "c b", "a b|c b")]
    public void Texts_are_cut_as_the_rule_says(string strategy, string direction, string first, string second, string expected)
    {
        var tokenizer = Load(root =>
        {
            root["pre_tokenizer"] = Json("""{"type":"WhitespaceSplit"}""");
            root["truncation"] = Json($$"""{"direction":"{{direction}}","max_length":7,"strategy":"{{strategy}}","stride":0}""");
            root["post_processor"] = Json("""{"type":"BertProcessing","sep":["<pad>",5],"cls":["<pad>",5]}""");
        });
        var encoding = tokenizer.EncodeWithin(tokenizer.Truncation!, first, second);
        var texts = Enumerable.Range(0, 2).Select(type => Enumerable.Range(0, encoding.Count).Where(i => encoding.TypeIds[i] == type && !encoding.IsSpecial[i]));
        Assert.Equal(7, encoding.Count);
        Assert.Equal(expected, string.Join('|', texts.Select(text => string.Join(' ', text.Select(i => tokenizer.TokenOf(encoding.Ids[i]))))));
        Assert.Equal(10, tokenizer.Encode("a b a c", "c b a").Count); // only who asks is cut
    }

    [Fact]
    public void Impossible_cuts_are_refused()
    {
        var tokenizer = Load(root => root["pre_tokenizer"] = Json("""{"type":"WhitespaceSplit"}"""));
        Assert.Throws<PlinthException>(() => tokenizer.EncodeWithin(new() { MaximumLength = 1, Strategy = TruncationStrategy.OnlyFirst }, "a", "a b c"));
        Assert.Equal([1], tokenizer.EncodeWithin(new() { MaximumLength = 1 }, "a b c").Ids);
        Assert.Empty(tokenizer.EncodeWithin(new() { MaximumLength = 0 }, "a b c").Ids);
    }

    [Fact]
    public void Batches_are_filled_up_as_the_rule_says()
    {
        var tokenizer = Load(root =>
        {
            root["pre_tokenizer"] = Json("""{"type":"WhitespaceSplit"}""");
            root["padding"] = Json("""{"strategy":"BatchLongest","direction":"Left","pad_to_multiple_of":4,"pad_id":5,"pad_type_id":1,"pad_token":"<pad>"}""");
        });
        var batch = tokenizer.Padding!.Pad([tokenizer.Encode("a b"), tokenizer.Encode("a b c a b")]);
        Assert.Equal([5, 5, 5, 5, 5, 5, 1, 2], batch[0].Ids);
        Assert.Equal([1, 1, 1, 1, 1, 1, 0, 0], batch[0].TypeIds);
        Assert.Equal([true, true, true, true, true, true, false, false], batch[0].IsSpecial);
        Assert.All(batch, encoding => Assert.Equal(8, encoding.Count));
        var fixedLength = Load(root => root["padding"] = Json("""{"strategy":{"Fixed":3},"direction":"Right","pad_to_multiple_of":null,"pad_id":5,"pad_type_id":0,"pad_token":"<pad>"}"""));
        Assert.Equal([1, 5, 5], fixedLength.Padding!.Pad([fixedLength.Encode("a")])[0].Ids);
        Assert.Throws<BadInputException>(() => Load(root => root["padding"] = Json("""{"strategy":"Wide"}""")));
        Assert.Throws<BadInputException>(() => Load(root => root["truncation"] = Json("""{"max_length":-1}""")));
    }

    [Fact]
    public void Heard_letters_become_words()
    {
        // Equal neighbours are one, the blank goes and divides equal letters, and | stands between words.
        var tokenizer = Load(root => root["decoder"] = Json("""{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true}"""));
        Assert.Equal("ab bac", tokenizer.Decode([1, 1, 5, 2, 6, 6, 2, 5, 1, 1, 7, 7]));
        Assert.Equal("aa", tokenizer.Decode([1, 5, 1]));
    }

    [Fact]
    public void Pieces_of_a_length_and_bytes_of_a_text()
    {
        Assert.Equal([3, 3, 1], Load(root => root["pre_tokenizer"] = Json("""{"type":"FixedLength","length":2}""")).EncodeIds("ababa"));
        var bytes = Load(root => root["normalizer"] = Json("""{"type":"ByteLevel"}""")).Encode("é");
        Assert.Equal([4], bytes.Ids);
        Assert.Equal([new(0, 1)], bytes.Spans);
    }

    [Theory]
    [InlineData("lstrip", "b  <x> a", 1, 6)]
    [InlineData("rstrip", "b  <x> a", 3, 7)]
    [InlineData("single_word", "b<x> <x>", 5, 8)]
    public void Added_tokens_take_what_they_are_told_to(string option, string text, int start, int end)
    {
        var tokenizer = Load(root =>
        {
            root["added_tokens"] = Json($$"""[{"id":8,"content":"<x>","special":false,"normalized":false,"{{option}}":true}]""");
            root["pre_tokenizer"] = Json("""{"type":"WhitespaceSplit"}""");
        });
        var encoding = tokenizer.Encode(text);
        Assert.Equal(new TokenSpan(start, end), encoding.Spans[encoding.Ids.ToList().IndexOf(8)]);
        Assert.Equal(1, encoding.Ids.Count(id => id == 8));
    }

    [Fact]
    public void Merges_that_make_their_own_parts_end()
    {
        var tokenizer = Load(root => root["model"] = Json("""
            {"type":"BPE","continuing_subword_prefix":"##","vocab":{"a":0,"##a":1,"##":2,"aa":3},"merges":[["a","##a"],["a","##"],["aa","##"],["a","##a"]]}
            """));
        Assert.Equal([3, 1, 1], tokenizer.EncodeIds("aaaa"));
        Assert.NotEmpty(tokenizer.EncodeIds(new string('a', 100_000)));
    }

    [Theory]
    [InlineData("YQ== 0\nYg==\n", "line 2")]
    [InlineData("YQ== 0\n!!!! 1\n", "line 2")]
    [InlineData("YQ== 0\nYQ== 1\n", "twice")]
    [InlineData("YQ== 0\nYg== 0\n", "two tokens")]
    [InlineData("YQ== 99999999\n", "99999999")]
    [InlineData("YQ== 7000000\n", "largest rank")]
    [InlineData("YQ== 0\n", "each byte")]
    [InlineData("", "each byte")]
    public void Broken_rank_files_are_refused(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("cl100k_base.tiktoken"), content);
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => TokenizerFiles.Load(folder.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encodings_that_are_not_known_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("shiny.tiktoken"), "YQ== 0\n");
        Assert.Contains("'shiny'", Assert.Throws<BadInputException>(() => TokenizerFiles.Load(folder.Root)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(folder.Path("bpe_simple_vocab_16e6.txt.gz"), [1, 2, 3]);
        Assert.Contains("gzip", Assert.Throws<BadInputException>(() => TokenizerFiles.Load(folder.Path("bpe_simple_vocab_16e6.txt.gz"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tok-bytelevel-bpe")]
    [InlineData("tok-llama-bpe")]
    [InlineData("tok-wordpiece-uncased")]
    [InlineData("tok-unigram")]
    [InlineData("tok-sentencepiece-unigram")]
    [InlineData("tok-sentencepiece-bpe-bytefallback")]
    public void Ten_million_characters_take_seconds(string name)
    {
        var tokenizer = TokenizerFiles.Load(Fixtures.Folder(name));
        var watch = Stopwatch.StartNew();
        var unbroken = tokenizer.EncodeIds(new('a', 10_000_000)).Count;
        Assert.True(name == "tok-wordpiece-uncased" ? unbroken == 1 : unbroken > 100_000);
        var words = string.Concat(Enumerable.Repeat("The quick brown fox, it's said. ", 10_000_000 / 32));
        Assert.True(tokenizer.EncodeIds(words).Count > 1_000_000);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(90), $"{watch.Elapsed}");
    }
}
