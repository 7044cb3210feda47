using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Data.Text;
using Xunit;

namespace Plinth.Tests.Data.Text;

/// <summary>Files that are broken, or made to harm, end in a message that names file and place.</summary>
public class TokenizerHostileFileTests
{
    private const string Good = """
        {"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":0,"content":"<s>","special":true}],"normalizer":null,"pre_tokenizer":null,
         "post_processor":null,"decoder":null,"model":{"type":"BPE","vocab":{"<s>":0,"a":1,"b":2,"ab":3},"merges":[["a","b"]]}}
        """;

    private static PipelineTokenizer Load(string json, string name = "tokenizer.json") => Load(System.Text.Encoding.UTF8.GetBytes(json), name);

    private static PipelineTokenizer Load(byte[] json, string name = "tokenizer.json")
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.Path(name), json);
        return TokenizerFiles.Load(folder.Root);
    }

    private static void Refused(string json, string expected)
    {
        var error = Assert.Throws<BadInputException>(() => Load(json));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
    }

    private static string With(Action<JsonObject> change)
    {
        var root = JsonNode.Parse(Good)!.AsObject();
        change(root);
        return root.ToJsonString();
    }

    [Fact]
    public void The_good_file_is_read() => Assert.Equal([3, 1, 0, 2], Load(Good).EncodeIds("aba<s>b"));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"model\":5}")]
    [InlineData("{\"model\":{}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":[],\"merges\":{}}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"\\ud800\":0},\"merges\":[]}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[[\"a\",\"\\udc00\"]]}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1e99},\"merges\":[]}}")]
    [InlineData("{\"model\":{\"type\":\"Unigram\",\"unk_id\":7,\"vocab\":[[\"a\",-1]]}}")]
    public void Malformed_files_are_refused(string json) => Assert.Throws<BadInputException>(() => Load(json));

    [Fact]
    public void Deep_files_are_refused() => Assert.Throws<BadInputException>(() => Load(new string('[', 100_000)));

    [Fact]
    public void Cut_off_files_are_refused()
    {
        var whole = File.ReadAllBytes(Path.Combine(Fixtures.Folder("tok-wordpiece-uncased"), "tokenizer.json"));
        for (var length = 0; length < whole.Length - 1; length += 97)
        {
            Assert.Throws<BadInputException>(() => Load(whole[..length]));
        }
    }

    [Fact]
    public void Damaged_files_are_read_or_refused_but_nothing_else()
    {
        var random = new Random(1);
        foreach (var name in TokenizerGoldenTests.Cases.Select(row => row.Data))
        {
            var whole = File.ReadAllBytes(Path.Combine(Fixtures.Folder(name), "tokenizer.json"));
            for (var round = 0; round < 60; round++)
            {
                var damaged = whole.ToArray();
                for (var i = random.Next(1, 4); i > 0; i--)
                {
                    damaged[random.Next(3) == 0 ? random.Next(damaged.Length) : random.Next(Math.Min(2500, damaged.Length))] = (byte)"\"{}[]:,0123456789truefalsnl\\u"[random.Next(28)];
                }

                try
                {
                    var tokenizer = Load(damaged);
                    foreach (var text in RandomTexts.Make(round, 3))
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
    }

    [Theory]
    [InlineData("normalizer", "Shiny")]
    [InlineData("pre_tokenizer", "Shiny")]
    [InlineData("post_processor", "Shiny")]
    [InlineData("decoder", "Shiny")]
    [InlineData("model", "Shiny")]
    public void Unknown_steps_are_refused_by_name(string part, string type)
    {
        Refused(With(root => root[part] = new JsonObject { ["type"] = type }), $"'{type}'");
        Refused(With(root => root[part] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = 3, ["pretokenizers"] = 3, ["processors"] = 3, ["decoders"] = 3 }), part);
    }

    [Fact]
    public void Unknown_options_are_refused_by_name()
    {
        Refused(With(root => root["model"]!["magic"] = true), "'magic'");
        Refused(With(root => root["extra"] = 1), "'extra'");
        Refused(With(root => root["model"]!["dropout"] = 0.1), "dropout");
    }

    [Fact]
    public void Contradictory_vocabularies_are_refused()
    {
        Refused(With(root => root["model"]!["vocab"]!["b"] = 1), "belongs to two tokens");
        Refused(With(root => root["model"]!["vocab"]!["b"] = -2), "-2");
        Refused(With(root => root["model"]!["vocab"]!["b"] = 2_000_000_000), "2000000000");
        Refused(With(root => root["model"]!["vocab"]!["b"] = 7_000_000), "7000000");
        Refused(With(root => root["added_tokens"]![0]!["id"] = 1), "<s>");
        Refused(With(root => root["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 0, ["content"] = "<t>" })), "<t>");
        Refused(With(root => root["added_tokens"]![0]!["content"] = ""), "added token");
        Refused(With(root => root["model"]!["unk_token"] = "?"), "'?'");
        Refused(Good.Replace("\"b\":2", "\"b\":2,\"b\":4", StringComparison.Ordinal), "twice");
    }

    [Fact]
    public void Merges_of_unknown_tokens_are_refused()
    {
        Refused(With(root => root["model"]!["merges"]!.AsArray().Add(new JsonArray("b", "c"))), "merge 1");
        Refused(With(root => root["model"]!["merges"]!.AsArray().Add("b b")), "merge 1");
        Refused(With(root => root["model"]!["merges"]!.AsArray().Add("b")), "merge 1");
        Refused(With(root => root["model"]!["merges"]!.AsArray().Add(new JsonArray("", "b"))), "merge 1");
    }

    [Fact]
    public void Templates_with_foreign_ids_are_refused()
    {
        Refused(With(root => root["post_processor"] = new JsonObject { ["type"] = "BertProcessing", ["sep"] = new JsonArray("x", 99), ["cls"] = new JsonArray("<s>", 0) }), "99");
        Refused(With(root => root["post_processor"] = new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray(new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = "<nope>", ["type_id"] = 0 } }),
            ["pair"] = new JsonArray(),
            ["special_tokens"] = new JsonObject(),
        }), "special_tokens");
    }

    [Fact]
    public void Broken_patterns_are_refused() => Refused(With(root => root["pre_tokenizer"] = Split("(")), "regular expression");

    [Fact]
    public void Patterns_that_would_take_for_ever_do_not()
    {
        var tokenizer = Load(With(root => root["pre_tokenizer"] = Split("(a+)+$|(a|aa)+c")));
        Assert.NotEmpty(tokenizer.EncodeIds(new string('a', 5000) + "b"));
    }

    [Theory]
    [InlineData("((a{1000}){1000}){1000}")]
    [InlineData("(?=(a+)+$)b")]
    public void Patterns_that_would_take_for_ever_end(string pattern)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        try
        {
            _ = Load(With(root => root["pre_tokenizer"] = Split(pattern))).EncodeIds(new string('a', 40) + "c");
        }
        catch (PlinthException)
        {
            // Refused, or stopped: both are an end.
        }
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"{watch.Elapsed}");
    }

    [Fact]
    public void Normalisers_that_swell_text_are_stopped()
    {
        var doubling = Enumerable.Range(0, 40).Select(_ => (JsonNode)new JsonObject
        {
            ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = "a" }, ["content"] = "aa",
        });
        var tokenizer = Load(With(root => root["normalizer"] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = new JsonArray([.. doubling]) }));
        Assert.Throws<PlinthException>(() => tokenizer.EncodeIds("a"));
        Assert.Throws<PlinthException>(() => tokenizer.Encode("a"));
    }

    [Fact]
    public void Vocabularies_that_are_none_are_refused()
    {
        Assert.Throws<BadInputException>(() => Load("[UNK]\n[CLS]\n[SEP]\na\na\n", "vocab.txt"));
        Assert.Throws<BadInputException>(() => Load("a\nb\n", "vocab.txt"));
        Assert.Throws<BadInputException>(() => Load([0xFF, 0xFE, 0x80], "vocab.txt"));
        Assert.Throws<BadInputException>(() => Load("{\"a\":\"b\"}", "vocab.json"));
        using var folder = new TemporaryFolder();
        var none = Assert.Throws<BadInputException>(() => TokenizerFiles.Load(folder.Root));
        Assert.Contains("vocab.txt", none.Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => TokenizerFiles.Load(folder.Path("nowhere", "tokenizer.json")));
    }

    [Fact]
    public void Broken_configs_are_refused()
    {
        foreach (var config in new[] { "[", "[]", "{\"pad_token\":5}", "{\"pad_token\":{\"content\":3}}" })
        {
            using var folder = new TemporaryFolder();
            File.WriteAllText(folder.Path("tokenizer.json"), Good);
            File.WriteAllText(folder.Path("tokenizer_config.json"), config);
            Assert.Throws<BadInputException>(() => TokenizerFiles.Load(folder.Root));
        }
    }

    [Fact]
    public void Configs_say_which_token_has_which_part_and_are_kept()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("tokenizer.json"), Good);
        File.WriteAllText(folder.Path("tokenizer_config.json"), """{"pad_token":{"content":"a","lstrip":false},"bos_token":null,"chat_template":"{{ x }}"}""");
        var tokenizer = TokenizerFiles.Load(folder.Root);
        Assert.Equal((1, null), (tokenizer.PadId, tokenizer.BeginId));
        tokenizer.Save(folder.Path("again"));
        Assert.Contains("{{ x }}", TokenizerFiles.Load(folder.Path("again")).ConfigText, StringComparison.Ordinal);
    }

    private static JsonObject Split(string pattern) => new()
    {
        ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated", ["invert"] = false,
    };
}
