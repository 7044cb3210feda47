using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Inference.Pipelines;
using static Plinth.Tests.Inference.InferenceModels;

namespace Plinth.Tests.Inference;

public sealed class RecordPipelineTests
{
    private enum Color { Red, Green }

    private sealed record Everything(
        string Name, int Count, byte Small, long Large, double Real, float Single, decimal Money, bool IsTrue, Color Color, Color? Maybe, DateTime At, DateOnly Day, TimeOnly Time,
        TimeSpan Span, Guid Id, string? Remark, int[] Numbers, Dictionary<string, bool> Flags, [property: Description("what it is")] Inner Inner, object Anything);

    private sealed record Inner(string Text, List<Inner>? Children, ulong Code = 3);

    [JsonPolymorphic]
    [JsonDerivedType(typeof(Circle), "circle")]
    [JsonDerivedType(typeof(Square), "square")]
    private abstract record Shape(string Label);

    private sealed record Circle(string Label, int Radius) : Shape(Label);

    private sealed record Square(string Label, int Side) : Shape(Label);

    private static RecordOptions Drawn(int seed) => new() { Generation = new() { MaxNewTokens = 240, DoSample = true, Temperature = 2.5, TopK = 0, Seed = seed } };

    [Fact]
    public void A_random_model_fills_every_kind_of_member()
    {
        var tokenizer = ConstraintTests.Tokenizers["byte-level BPE"].Value;
        using var model = TinyModels.For(HeadKind.CausalLanguageModeling, tokenizer.VocabularySize, maximumLength: 2400);
        for (var seed = 0; seed < 4; seed++)
        {
            var options = Drawn(seed) with { PlainPrompt = (text, _) => text, Generation = Drawn(seed).Generation with { MaxNewTokens = 700 } };
            var record = new RecordPipeline(model, tokenizer, options: options).Extract<Everything>("some text", Cancellation);
            Assert.NotNull(record.Name);
            Assert.NotNull(record.Inner.Text);
            Assert.InRange(record.Money, -999_999_999_999m, 999_999_999_999m);
            Assert.True(Enum.IsDefined(record.Color));
        }
    }

    [Fact]
    public void Kinds_of_a_record_are_told_apart()
    {
        var tokenizer = ConstraintTests.Tokenizers["SentencePiece with bytes"].Value;
        using var model = TinyModels.For(HeadKind.CausalLanguageModeling, tokenizer.VocabularySize, maximumLength: 512);
        for (var seed = 0; seed < 4; seed++)
        {
            Assert.True(new RecordPipeline(model, tokenizer, options: Drawn(seed) with { PlainPrompt = (text, _) => text }).Extract<Shape>("x", Cancellation) is Circle or Square);
        }
    }

    [Fact]
    public void The_template_asks_and_tells_descriptions()
    {
        var schema = RecordSchema.Of(typeof(Everything)).GetRawText();
        Assert.Contains("what it is", schema, StringComparison.Ordinal);
        Assert.Contains("\"required\":[\"name\",\"count\"", schema, StringComparison.Ordinal);
        var pipeline = new RecordPipeline(ChatModels.Model, ChatModels.Tokenizer, ChatModels.Form, new() { Generation = new() { MaxNewTokens = 60 } });
        using var given = JsonDocument.Parse("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"enum":["x","y"]}},"required":["a","b"]}""");
        var value = pipeline.Extract("hi", given.RootElement, Cancellation);
        Assert.Equal(["a", "b"], value.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public void A_record_that_does_not_fit_says_so()
    {
        var pipeline = new RecordPipeline(ChatModels.Model, ChatModels.Tokenizer, ChatModels.Form, new() { Generation = new() { MaxNewTokens = 3 } });
        using var given = JsonDocument.Parse("""{"type":"object","properties":{"a long name":{"type":"string","minLength":20}},"required":["a long name"]}""");
        var error = Assert.Throws<IncompleteRecordException>(() => pipeline.Extract("hi", given.RootElement, Cancellation));
        Assert.StartsWith("{", error.Written, StringComparison.Ordinal);
        Assert.Contains("MaxNewTokens", error.Message, StringComparison.Ordinal);
    }
}
