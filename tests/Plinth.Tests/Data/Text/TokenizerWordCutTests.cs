using System.Text.Json.Nodes;
using Plinth.Data.Text;

namespace Plinth.Tests.Data.Text;

/// <summary>Cuts that are written out are the expressions' own, which are used when anything about them is different.</summary>
public class TokenizerWordCutTests
{
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

    private const string Spaces = @"\s*[\r\n]+|\s+(?!\S)|\s+";

    public static TheoryData<string> Expressions =>
    [
        Gpt2,
        Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Spaces, // cl100k, Llama 3
        Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Spaces, // Qwen 2
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + Contractions + @"?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
            + Contractions + @"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + Spaces, // o200k
        """[^\n.!?]+[.!?]*["'”’)\]]*|[.!?]+["'”’)\]]*|\n+""", // sentences of tokens across words
    ];

    [Theory]
    [MemberData(nameof(Expressions))]
    public void Words_are_those_of_the_expression(string expression)
    {
        var (written, matched) = (Load(expression), Load($"(?:{expression})"));
        foreach (var text in FuzzTexts.Make(21, 4000).Where(text => !text.Contains('ſ', StringComparison.Ordinal) && !text.Contains('K', StringComparison.Ordinal)))
        {
            Assert.True(Starts(matched, text).SequenceEqual(Starts(written, text)), $"'{text}': {string.Join(' ', Starts(written, text))}, the expression has {string.Join(' ', Starts(matched, text))}");
        }
    }

    private static IEnumerable<int> Starts(PipelineTokenizer tokenizer, string text)
    {
        var encoding = tokenizer.Encode(text);
        return Enumerable.Range(0, encoding.Count).Where(i => encoding.StartsWord[i]).Select(i => encoding.Spans[i].Start);
    }

    private static PipelineTokenizer Load(string expression)
    {
        var bytes = JsonNode.Parse(File.ReadAllText(Path.Combine(Fixtures.Folder("tok-bytelevel-bpe"), "tokenizer.json")))!.AsObject();
        bytes["model"]!["merges"] = new JsonArray();
        bytes["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray(
                new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = expression }, ["behavior"] = "Isolated", ["invert"] = false },
                new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = false, ["use_regex"] = false }),
        };
        bytes["post_processor"] = null;
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("tokenizer.json"), bytes.ToJsonString());
        return TokenizerFiles.Load(folder.Root);
    }
}
