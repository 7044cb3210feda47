using System.Text.Json;
using Json.Schema;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Inference;
using Plinth.Inference.Constraints;
using Plinth.Inference.Pipelines;
using Plinth.Inference.Sampling;
using static Plinth.Tests.Inference.InferenceModels;
using Utf8 = System.Text.UTF8Encoding;

namespace Plinth.Tests.Inference;

public sealed class ConstraintTests
{
    private const string Record = """
        {"type":"object","properties":{"name":{"type":"string","maxLength":20},"age":{"type":"integer","minimum":0,"maximum":150},"tags":{"type":"array","items":{"enum":["a","b"]},"maxItems":3}},
         "required":["name","age"],"additionalProperties":false}
        """;

    private static readonly string[] Corpus =
    [
        .. Enumerable.Repeat("""{"name": "Ada", "age": 36, "tags": ["a", "b"]} {"name":"Grün","x":-12.5e3,"items":[true,false,null]} 日本語 "quoted \"text\"\n" """, 6),
        .. Enumerable.Repeat("the quick brown fox, \"jumps\": over the [lazy] {dog}. ", 6),
    ];

    public static readonly Dictionary<string, Lazy<Tokenizer>> Tokenizers = new()
    {
        ["trained byte-level BPE"] = new(() => ByteLevelBpeTrainer.Train(Corpus, new() { VocabularySize = 420 })),
        ["byte-level BPE"] = new(() => TokenizerFiles.Load(Fixtures.Folder("tok-bytelevel-bpe"))),
        ["Llama BPE"] = new(() => TokenizerFiles.Load(Fixtures.Folder("tok-llama-bpe"))),
        ["SentencePiece with bytes"] = new(() => TokenizerFiles.Load(Path.Combine(Fixtures.Folder("tok-sentencepiece-bpe-bytefallback"), "spiece.model"))),
        ["characters"] = new(() => CharacterTokenizer.Train([.. Corpus, string.Concat(Enumerable.Range(32, 95).Select(c => (char)c)) + "éü日本語\n"])),
    };

    public static TheoryData<string> TokenizerNames => [.. Tokenizers.Keys];

    [Theory]
    [MemberData(nameof(TokenizerNames))]
    public void Every_walk_through_a_random_schema_gives_a_valid_document_within_its_budget(string name)
    {
        var tokenizer = Tokenizers[name].Value;
        var constraints = new JsonConstraints(tokenizer);
        for (var seed = 0; seed < 60; seed++)
        {
            var schema = new RandomSchemas(seed).Next().ToJsonString();
            var constraint = constraints.Of(schema);
            var (text, _) = Walk(tokenizer, constraint, 500, seed);
            AssertValid(text, schema, $"seed {seed}");
            // Any document has at least as many bytes as the shortest has tokens.
            var budget = Utf8.UTF8.GetByteCount(text);
            for (var again = 0; again < 4; again++)
            {
                var (tight, count) = Walk(tokenizer, constraint, budget, (seed * 10) + again);
                AssertValid(tight, schema, $"seed {seed}, {budget} tokens");
                Assert.True(count <= budget);
            }
        }
    }

    [Theory]
    [MemberData(nameof(TokenizerNames))]
    public void A_random_model_at_high_temperature_writes_valid_documents(string name)
    {
        var tokenizer = Tokenizers[name].Value;
        var constraints = new JsonConstraints(tokenizer);
        using var model = TinyModels.For(HeadKind.CausalLanguageModeling, tokenizer.VocabularySize + 3, maximumLength: 256);
        var generator = new TokenGenerator(model);
        var end = tokenizer.EndId is { } id ? new[] { id } : [];
        foreach (var seed in Enumerable.Range(1000, 3))
        {
            var schema = new RandomSchemas(seed).Next().ToJsonString();
            var options = new GenerationOptions
            {
                MaxNewTokens = 150, DoSample = true, Temperature = 3, TopK = 0, TopP = 0.95, Seed = seed, EosTokenIds = end, RepetitionPenalty = 1.1, NumReturnSequences = 3,
                Constraint = constraints.Of(schema),
            };
            foreach (var sequence in generator.Generate([tokenizer.EncodeIds("x y")], options, Cancellation))
            {
                Assert.True(sequence.FinishReason is FinishReason.Complete or FinishReason.EndToken, $"seed {seed}: {sequence.FinishReason}");
                AssertValid(Text(tokenizer, sequence.NewIds), schema, $"seed {seed}");
            }
        }
    }

    [Fact]
    public void Streamed_text_is_the_document_and_the_end_needs_no_end_token()
    {
        var tokenizer = Tokenizers["SentencePiece with bytes"].Value;
        using var model = TinyModels.For(HeadKind.CausalLanguageModeling, tokenizer.VocabularySize, maximumLength: 256);
        var constraint = new JsonConstraints(tokenizer).Of(Record);
        foreach (var seed in Enumerable.Range(0, 8))
        {
            var options = new GenerationOptions { MaxNewTokens = 200, DoSample = true, TopK = 0, Temperature = 2, Seed = seed, EosTokenIds = [], Constraint = constraint };
            AssertValid(string.Concat(new TextGenerationPipeline(model, tokenizer).Stream("ab", options, Cancellation)), Record, $"seed {seed}");
        }
    }

    [Fact]
    public void A_budget_that_holds_no_document_ends_by_length()
    {
        var tokenizer = Tokenizers["byte-level BPE"].Value;
        using var model = Causal(vocabularySize: tokenizer.VocabularySize);
        var options = new GenerationOptions { MaxNewTokens = 4, EosTokenIds = [], Constraint = new JsonConstraints(tokenizer).Of(Record) };
        Assert.Equal(FinishReason.MaxNewTokens, new TokenGenerator(model).Generate([[5, 6]], options, Cancellation)[0].FinishReason);
    }

    [Fact]
    public void The_constraint_has_precedence_over_what_makes_tokens_less_likely()
    {
        var tokenizer = Tokenizers["byte-level BPE"].Value;
        using var model = Causal(maximumLength: 128, vocabularySize: tokenizer.VocabularySize);
        var options = new GenerationOptions
        {
            MaxNewTokens = 100, EosTokenIds = [], Constraint = new JsonConstraints(tokenizer).Of("""{"const":[true,true]}"""),
            SuppressTokens = [.. tokenizer.EncodeIds("[true,]")], NoRepeatNgramSize = 1,
        };
        Assert.Equal("[true,true]", Text(tokenizer, new TokenGenerator(model).Generate([[5, 6]], options, Cancellation)[0].NewIds).Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Beams_and_forced_ends_are_refused_under_a_constraint()
    {
        var tokenizer = Tokenizers["byte-level BPE"].Value;
        var options = new GenerationOptions { Constraint = new JsonConstraints(tokenizer).Any() };
        Assert.Contains("NumBeams", Assert.Throws<PlinthException>(() => (options with { NumBeams = 2 }).Validate(500)).Message, StringComparison.Ordinal);
        Assert.Contains("MinNewTokens", Assert.Throws<PlinthException>(() => (options with { MinNewTokens = 2 }).Validate(500)).Message, StringComparison.Ordinal);
        Assert.Contains("ForcedEosTokenId", Assert.Throws<PlinthException>(() => (options with { ForcedEosTokenId = 2 }).Validate(500)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"string","pattern":"a+"}""", "pattern")]
    [InlineData("""{"type":"string","format":"email"}""", "format")]
    [InlineData("""{"type":"object","patternProperties":{}}""", "patternProperties")]
    [InlineData("""{"type":"object","properties":{"a":{"not":{}}}}""", "not")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "uniqueItems")]
    [InlineData("""{"type":"array","prefixItems":[{}]}""", "prefixItems")]
    [InlineData("""{"type":"number","multipleOf":2}""", "multipleOf")]
    [InlineData("""{"type":"object","properties":{},"required":["a"]}""", "required")]
    [InlineData("""{"allOf":[{},{}]}""", "allOf")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "oneOf")]
    [InlineData("""{"$ref":"https://example.org/schema"}""", "$ref")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "$ref")]
    [InlineData("""{"$ref":"#"}""", "$ref")]
    [InlineData("""{"anyOf":[{"$ref":"#"},{"type":"string"}]}""", "$ref")]
    [InlineData("""{"type":"text"}""", "type")]
    [InlineData("""{"type":"string","minLength":3,"maxLength":2}""", "maxLength")]
    [InlineData("""{"type":"string","minLength":-1}""", "minLength")]
    [InlineData("""{"type":"integer","minimum":3,"maximum":2}""", "minimum")]
    [InlineData("""{"type":"string","enum":[1,2]}""", "enum")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}""", "")]
    [InlineData("""{"type":"object","x-mine":1}""", "x-mine")]
    [InlineData("""{"type":"object","properties":{"a":false},"required":["a"]}""", "false")]
    [InlineData("""{"type":"object","properties":{"\ud800":{}}}""", "")]
    [InlineData("""{"type":"array","minItems":2000000000}""", "")]
    [InlineData("not json", "")]
    public void What_is_not_supported_is_refused_by_its_name(string schema, string keyword)
    {
        var error = Assert.Throws<ConstraintException>(() => new JsonConstraints(Tokenizers["byte-level BPE"].Value).Of(schema));
        Assert.Equal(keyword, error.Keyword);
        Assert.Contains(keyword, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Schemas_made_to_hang_do_not()
    {
        var constraints = new JsonConstraints(Tokenizers["byte-level BPE"].Value);
        var many = string.Join(",", Enumerable.Repeat("{\"$ref\":\"#/$defs/a\"}", 60));
        Assert.Throws<ConstraintException>(() => constraints.Of($"{{\"oneOf\":[{many}],\"$defs\":{{\"a\":{{\"anyOf\":[{many}]}}}}}}"));
        Assert.Throws<ConstraintException>(() => constraints.Of(string.Concat(Enumerable.Repeat("{\"items\":", 200)) + "{}" + new string('}', 200)));
        // A thousand values are walked together.
        var values = string.Join(",", Enumerable.Range(0, 1000).Select(i => $"\"value {i}\""));
        AssertValid(Walk(Tokenizers["byte-level BPE"].Value, constraints.Of($"{{\"enum\":[{values}]}}"), 40, 1).Text, $"{{\"enum\":[{values}]}}", "enum");
    }

    [Theory]
    [MemberData(nameof(TokenizerNames))]
    public void The_bytes_of_tokens_are_the_text(string name)
    {
        var tokenizer = Tokenizers[name].Value;
        foreach (var text in (string[])["the fox, {\"name\": [1, 2]}", "Grün 日本語 é"])
        {
            Assert.Equal(text, Text(tokenizer, tokenizer.EncodeIds(text)).TrimStart(' '));
        }

        Assert.All(tokenizer.SpecialIds, id => Assert.Null(tokenizer.BytesOf(id)));
    }

    [Fact]
    public void A_tokenizer_that_cannot_write_json_is_refused()
    {
        Assert.Contains("tokenizer", Assert.Throws<PlinthException>(() => new JsonConstraints(WordTokenizer.OfWords(5))).Message, StringComparison.Ordinal);
        var words = WordPieceTrainer.Train(["some words only"], new() { VocabularySize = 60, MinimumFrequency = 1 }, cancellation: Cancellation);
        Assert.Throws<ConstraintException>(() => new JsonConstraints(words).Any());
    }

    [Fact]
    public void Any_json_nests_no_deeper_than_readers_read()
    {
        var tokenizer = Tokenizers["byte-level BPE"].Value;
        var progress = new JsonConstraints(tokenizer).Any().Begin();
        var open = tokenizer.IdOf("[")!.Value;
        var depth = 0;
        for (var allowed = new bool[tokenizer.VocabularySize]; depth < 200; depth++, allowed.AsSpan().Clear())
        {
            progress.Allow(allowed, 10_000);
            if (!allowed[open])
            {
                break;
            }

            progress.Append(open);
        }
        Assert.InRange(depth, 50, 64);
    }

    [Fact]
    public void A_free_object_has_each_name_once()
    {
        var tokenizer = Tokenizers["byte-level BPE"].Value;
        var progress = new JsonConstraints(tokenizer).Of("""{"type":"object","additionalProperties":{"type":"boolean"}}""").Begin();
        foreach (var id in tokenizer.EncodeIds("{\"a\":true,\"a"))
        {
            progress.Append(id);
        }

        var allowed = new bool[tokenizer.VocabularySize];
        progress.Allow(allowed, 100);
        Assert.False(allowed[tokenizer.IdOf("\"")!.Value]);
        progress.Append(tokenizer.IdOf("b")!.Value);
        progress.Allow(allowed, 100);
        Assert.True(allowed[tokenizer.IdOf("\"")!.Value]);
    }

    [Fact]
    public void Every_document_of_a_schema_can_be_written()
    {
        string[] documents =
        [
            """{"name":"","age":0}""", """{"name":"Zoë \"x\" \\ \u0041 日本","age":150,"tags":[]}""", """ {"name":"a","age": 7, "tags": ["a", "b","a"]}""",
        ];
        string[] others =
        [
            """{"name":"","age":151}""", """{"name":"","age":-1}""", """{"name":"","age":01}""", """{"age":1,"name":""}""", """{"name":"","age":1,"tags":["c"]}""", """{"name":"","age":1,"x":1}""",
            """{"name":"","age":1,"tags":["a","a","a","a"]}""", """{"name":"123456789012345678901","age":1}""", """{"name":"\ud83d","age":1}""", "{\"name\":\"\t\",\"age\":1}", """{"name":"a"}""",
        ];
        var tokenizer = Tokenizers["byte-level BPE"].Value;
        var constraint = new JsonConstraints(tokenizer).Of(Record);
        Assert.All(documents, document => Assert.True(Accepts(tokenizer, constraint, document), document));
        Assert.All(others, document => Assert.False(Accepts(tokenizer, constraint, document), document));
    }

    [Fact]
    public void Fifty_thousand_tokens_are_walked_well_under_a_forward_pass()
    {
        var tokenizer = TokenizerFiles.Load(Fixtures.Shared("tokenizers/gpt2"));
        var constraint = new JsonConstraints(tokenizer).Of("""{"type":"object","properties":{"name":{"type":"string","maxLength":200},"n":{"type":"integer"},"list":{"type":"array","items":{"type":"string"}},"any":{}},"required":["name","n","list","any"]}""");
        const string Document = """{"name": "the quick brown fox jumps \n over the \"lazy\" dog — naïve 日本語 again and again and again", "n": -12345, "list": ["a b c d e f", "g h i", "j"], "any": {"key": [1.5e3, true, {"x": "y"}]}}""";
        var allowed = new bool[tokenizer.VocabularySize];
        List<double> milliseconds = [];
        for (var round = 0; round < 2; round++)
        {
            var progress = constraint.Begin();
            foreach (var id in tokenizer.EncodeIds(Document))
            {
                var start = System.Diagnostics.Stopwatch.GetTimestamp();
                allowed.AsSpan().Clear();
                progress.Allow(allowed, 500);
                milliseconds.Add(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                Assert.True(allowed[id], tokenizer.TokenOf(id));
                progress.Append(id);
            }
            Assert.True(progress.IsFinished);
        }
        milliseconds.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"median {milliseconds[milliseconds.Count / 2]:0.000} ms, mean {milliseconds.Average():0.00} ms, most {milliseconds[^1]:0.0} ms of {milliseconds.Count}");
        // A model of this vocabulary takes tens of milliseconds a token on a CPU; the bound leaves room for a busy machine.
        Assert.InRange(milliseconds[milliseconds.Count / 2], 0, 5);
    }

    private static bool Accepts(Tokenizer tokenizer, TokenConstraint constraint, string document)
    {
        var progress = constraint.Begin();
        var allowed = new bool[tokenizer.VocabularySize];
        foreach (var id in tokenizer.EncodeIds(document))
        {
            allowed.AsSpan().Clear();
            progress.Allow(allowed, 10_000);
            if (!allowed[id])
            {
                return false;
            }

            progress.Append(id);
        }
        return progress.IsComplete;
    }

    private static (string Text, int Count) Walk(Tokenizer tokenizer, TokenConstraint constraint, int budget, int seed)
    {
        var random = new Random(seed);
        var progress = constraint.Begin();
        var allowed = new bool[tokenizer.VocabularySize];
        List<int> ids = [];
        while (ids.Count < budget && !progress.IsFinished && !(progress.IsComplete && random.Next(4) == 0))
        {
            allowed.AsSpan().Clear();
            progress.Allow(allowed, budget - ids.Count);
            int[] open = [.. Enumerable.Range(0, allowed.Length).Where(id => allowed[id])];
            if (open.Length == 0)
            {
                Assert.Fail($"seed {seed}, budget {budget}, {ids.Count} tokens: {tokenizer.Decode(ids)}");
            }
            // Now and then a token that ends something, or strings would never end.
            var short_ = open.Where(id => tokenizer.BytesOf(id)!.Length == 1 && "\"}],".Contains((char)tokenizer.BytesOf(id)![0], StringComparison.Ordinal)).ToArray();
            var next = short_.Length > 0 && random.Next(4) == 0 ? short_[random.Next(short_.Length)] : open[random.Next(open.Length)];
            progress.Append(next);
            ids.Add(next);
        }
        Assert.True(progress.IsComplete, $"seed {seed}, budget {budget}: {tokenizer.Decode(ids)}");
        return (Text(tokenizer, ids), ids.Count);
    }

    private static string Text(Tokenizer tokenizer, IEnumerable<int> ids) =>
        new Utf8(false, throwOnInvalidBytes: true).GetString([.. ids.Where(id => !tokenizer.SpecialIds.Contains(id)).SelectMany(id => tokenizer.BytesOf(id)!)]);

    private static void AssertValid(string written, string schema, string where)
    {
        // The validator counts what looks like one character (a letter with its accents), the standard counts code points: rare ones are made plain.
        var text = string.Concat(written.EnumerateRunes().Select(rune => rune.Value < 0x80 || "éü日本語".Contains(rune.ToString(), StringComparison.Ordinal) ? rune.ToString() : "x"));
        try
        {
            using var document = JsonDocument.Parse(text);
            foreach (var name in document.RootElement.EnumerateStrings())
            {
                Assert.NotNull(name);
            }

            var registry = new SchemaRegistry();
            var results = JsonSchema.FromText(schema, new BuildOptions { SchemaRegistry = registry }).Evaluate(document.RootElement, new() { RequireFormatValidation = true, OutputFormat = OutputFormat.List });
            Assert.True(results.IsValid, $"{where}: {text}\n{schema}\n{JsonSerializer.Serialize(results)}");
        }
        catch (JsonException error)
        {
            Assert.Fail($"{where}: {error.Message}\n{text}\n{schema}");
        }
    }
}

internal static class JsonStrings
{
    /// <summary>All strings of a value, read as readers do, so that half a surrogate pair throws.</summary>
    public static IEnumerable<string?> EnumerateStrings(this JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(item => item.EnumerateStrings()),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(property => property.Value.EnumerateStrings().Prepend(property.Name)),
        _ => [],
    };
}
