using System.Text.Json.Nodes;
using Plinth.Data.Text;
using Xunit;

namespace Plinth.Tests.Data.Text;

/// <summary>Normalisers and pre-tokenizers, seen through tokenizers of single steps.</summary>
public class UnicodeFormTests
{
    private static PipelineTokenizer With(JsonNode? normalizer, JsonNode? preTokenizer = null)
    {
        // Every code point becomes its bytes, and the decoder gives back what the steps made of the text.
        var vocabulary = new JsonObject();
        for (var value = 0; value < 256; value++)
        {
            vocabulary[$"<0x{value:X2}>"] = value;
        }

        var root = new JsonObject
        {
            ["normalizer"] = normalizer?.DeepClone(), ["pre_tokenizer"] = preTokenizer?.DeepClone(),
            ["decoder"] = new JsonObject { ["type"] = "ByteFallback" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["byte_fallback"] = true, ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        };
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("tokenizer.json"), root.ToJsonString());
        return TokenizerFiles.Load(folder.Root);
    }

    private static string Normalized(JsonNode normalizer, string text)
    {
        var tokenizer = With(normalizer);
        return tokenizer.Decode(tokenizer.EncodeIds(text));
    }

    private static string[] Words(JsonNode preTokenizer, string text)
    {
        var encoding = With(null, preTokenizer).Encode(text);
        List<string> words = [];
        for (var i = 0; i < encoding.Count; i++)
        {
            if (encoding.StartsWord[i])
            {
                words.Add("");
            }

            if (i == 0 || encoding.StartsWord[i] || encoding.Spans[i] != encoding.Spans[i - 1])
            {
                words[^1] += text[encoding.Spans[i].Start..encoding.Spans[i].End];
            }
        }
        return [.. words];
    }

    // Examples from Unicode Annex 15, figures 3 to 6, and Hangul.
    [Theory]
    [InlineData("NFD", "\u00C5\u212B\u1E69", "A\u030AA\u030As\u0323\u0307")]
    [InlineData("NFC", "\u212BA\u030A\u1E0B\u0323q\u0307\u0323", "\u00C5\u00C5\u1E0D\u0307q\u0323\u0307")]
    [InlineData("NFC", "s\u0307\u0323\u1100\u1161\u11A8\uAC00\u11A8\u0958", "\u1E69\uAC01\uAC01\u0915\u093C")]
    [InlineData("NFD", "\uAC01\uAC00", "\u1100\u1161\u11A8\u1100\u1161")]
    [InlineData("NFC", "\uFB012\u2075\u1E9B\u0323", "\uFB012\u2075\u1E9B\u0323")]
    [InlineData("NFD", "\uFB012\u2075\u1E9B\u0323", "\uFB012\u2075\u017F\u0323\u0307")]
    [InlineData("NFKC", "\uFB012\u2075\u1E9B\u0323", "fi25\u1E69")]
    [InlineData("NFKD", "\uFB012\u2075\u1E9B\u0323", "fi25s\u0323\u0307")]
    [InlineData("NFC", "a\u0315\u0300\u05AE\u0301b", "\u00E0\u05AE\u0301\u0315b")]
    [InlineData("NFKC", "ｶﾞ㎏①", "ガkg1")]
    public void Normal_forms_are_unicodes(string type, string text, string expected) =>
        Assert.Equal(expected, Normalized(new JsonObject { ["type"] = type }, text));

    [Theory]
    [InlineData("Lowercase", "ÀİΣς\U00010400", "ài\u0307σς\U00010428")]
    [InlineData("StripAccents", "e\u0301\u0323x", "ex")]
    [InlineData("Nmt", "a\tb\u200Bc\u0001\u007Fd", "a b cd")]
    [InlineData("BertNormalizer", "\tÀb\0\uFFFD中İ\u00ADx", " ab 中 ix")]
    public void Other_steps_do_what_their_names_say(string type, string text, string expected) =>
        Assert.Equal(expected, Normalized(new JsonObject { ["type"] = type }, text));

    [Fact]
    public void Steps_with_options_obey_them()
    {
        Assert.Equal("a b ", Normalized(new JsonObject { ["type"] = "Strip", ["strip_left"] = true, ["strip_right"] = false }, " \ta b "));
        Assert.Equal("_a", Normalized(new JsonObject { ["type"] = "Prepend", ["prepend"] = "_" }, "a"));
        Assert.Equal("a-b-", Normalized(Replace("Regex", @"\s+"), "a \n b "));
        Assert.Equal("a.-c", Normalized(Replace("String", ".."), "a...c").Replace("-.", ".-", StringComparison.Ordinal));
        var sequence = new JsonObject { ["type"] = "Sequence", ["normalizers"] = new JsonArray(new JsonObject { ["type"] = "NFD" }, new JsonObject { ["type"] = "StripAccents" }) };
        Assert.Equal("eau", Normalized(sequence, "éàü"));
    }

    [Fact]
    public void Long_runs_of_marks_take_no_time() =>
        Assert.Equal(100_001, Normalized(new JsonObject { ["type"] = "NFC" }, "x" + string.Concat(Enumerable.Repeat("\u0323\u0315", 50_000))).Length);

    [Theory]
    [InlineData("Whitespace", "it's a_b 1.5\té", "it|'|s|a_b|1|.|5|é")]
    [InlineData("WhitespaceSplit", " it's  a ", "it's|a")]
    [InlineData("BertPreTokenizer", "it's  a—b", "it|'|s|a|—|b")]
    [InlineData("Punctuation", "it's a.", "it|'|s a|.")]
    [InlineData("Digits", "a12b½", "a|12|b|½")]
    [InlineData("ByteLevel", "it's  a1!", "it|'s| | a|1|!")]
    public void Words_are_cut_as_the_kind_says(string type, string text, string expected) =>
        Assert.Equal(expected.Split('|'), Words(type == "ByteLevel" ? new JsonObject { ["type"] = type, ["add_prefix_space"] = false } : new JsonObject { ["type"] = type }, text)
            .Select(word => word).ToArray());

    [Theory]
    [InlineData("Removed", false, "the|final|countdown")]
    [InlineData("Isolated", false, "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", false, "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", false, "the|-final|-|-countdown")]
    [InlineData("Contiguous", false, "the|-|final|--|countdown")]
    [InlineData("Removed", true, "-|-|-")]
    public void A_split_leaves_what_it_shall(string behavior, bool inverts, string expected)
    {
        var split = new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["String"] = "-" }, ["behavior"] = behavior, ["invert"] = inverts };
        Assert.Equal(expected.Split('|'), Words(split, "the-final--countdown"));
    }

    [Fact]
    public void Letters_beyond_the_first_plane_are_letters_to_patterns()
    {
        var split = new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = @"\p{L}+|\p{N}{1,2}(?!x)" }, ["behavior"] = "Isolated", ["invert"] = false };
        Assert.Equal(["a𝐀𠀋b", "😀", "𝟏1", "𝟏"], Words(split, "a𝐀𠀋b😀𝟏1𝟏"));
    }

    private static JsonObject Replace(string kind, string pattern) => new()
    {
        ["type"] = "Replace", ["pattern"] = new JsonObject { [kind] = pattern }, ["content"] = "-",
    };
}
