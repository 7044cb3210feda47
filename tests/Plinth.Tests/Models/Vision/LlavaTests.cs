using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Inference;
using Plinth.Inference.Sampling;
using Plinth.Models;
using Plinth.Models.Vision.Llava;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Models.Vision;

/// <summary>Pictures among tokens.</summary>
public sealed class LlavaTests
{
    private const int ImageToken = 49, PatchCount = 4;
    private static readonly LlavaFamily family = new();
    private static readonly ModelShape Tiny = new(2, 32, 2, 50, 32) { Image = new(16, 8) };

    [Fact]
    public void A_cache_changes_no_number_though_pictures_are_shown_once()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Build();
        var ids = tensor(Prompt().Concat([5, 6, 7]).Select(id => (long)id).ToArray()).unsqueeze(0);
        var whole = model.Logits(new TextBatch { InputIds = ids, Images = Pictures(1) });
        using var cache = new KeyValueCache();
        var first = model.Logits(new TextBatch { InputIds = ids.narrow(1, 0, 7), Images = Pictures(1) }, new() { Cache = cache });
        var rest = model.Logits(new TextBatch { InputIds = ids.narrow(1, 7, 2) }, new() { Cache = cache });
        Assert.True((whole - cat([first, rest], 1)).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void What_a_picture_shows_matters_and_prompts_of_a_batch_keep_theirs()
    {
        using var scope = NewDisposeScope();
        using var model = Build();
        var generator = new TokenGenerator(model);
        var options = new GenerationOptions { MaxNewTokens = 8, EosTokenIds = [] };
        IReadOnlyList<int> Alone(long start) => generator.Generate([Prompt()], Pictures(1, start), options, TestContext.Current.CancellationToken)[0].NewIds;
        var together = generator.Generate([Prompt(), [3, .. Prompt()]], Pictures(2), options, TestContext.Current.CancellationToken);
        Assert.Equal(Alone(0), together[0].NewIds);
        using var noGrad = no_grad();
        Tensor Logits(long start) => model.Logits(new TextBatch { InputIds = tensor(Prompt().Select(id => (long)id).ToArray()).unsqueeze(0), Images = Pictures(1, start) });
        Assert.True((Logits(0) - Logits(1)).abs().max().ToDouble() > 1e-4);
    }

    [Fact]
    public void A_wrong_number_of_image_tokens_is_refused_with_both_numbers()
    {
        using var scope = NewDisposeScope();
        using var model = Build();
        var error = Assert.Throws<ArgumentException>(() => model.Logits(new TextBatch { InputIds = ones(1, 5, ScalarType.Int64), Images = Pictures(1) }));
        Assert.Contains("0 image tokens", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 × 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_text_is_shown_no_picture()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.For(HeadKind.CausalLanguageModeling, 50);
        var error = Assert.Throws<PlinthException>(() => new TokenGenerator(model).Generate([[1, 2]], Pictures(1), new GenerationOptions(), TestContext.Current.CancellationToken));
        Assert.Contains("sees no pictures", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vision_feature_layer", "[-2, -1]")]
    [InlineData("vision_feature_layer", "7")]
    [InlineData("vision_feature_select_strategy", "\"cls\"")]
    [InlineData("image_token_index", "50")]
    [InlineData("projector_hidden_act", "\"no_such\"")]
    [InlineData("text_config", "{\"model_type\": \"bert\", \"vocab_size\": 50}")]
    [InlineData("vision_config", "{\"model_type\": \"llama\", \"vocab_size\": 50}")]
    [InlineData("vision_config", "{\"model_type\": \"no_such\"}")]
    public void A_config_that_is_not_supported_is_refused(string field, string value)
    {
        var json = family.Shape(Tiny).ToJson();
        json[field] = JsonNode.Parse(value);
        Assert.Throws<CheckpointException>(() => family.ReadConfig(json, "config.json"));
    }

    [Theory]
    [InlineData("qwen2", "siglip_vision_model")]
    [InlineData("mistral", "clip_vision_model")]
    public void Parts_are_families_of_the_catalog(string text, string vision)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = new TemporaryFolder();
        var json = family.Shape(Tiny).ToJson();
        json["text_config"] = ModelCatalog.Families[text].Shape(Tiny).ToJson();
        json["vision_config"] = ModelCatalog.Families[vision].Shape(Tiny).ToJson();
        json["vision_feature_select_strategy"] = vision == "siglip_vision_model" ? "full" : "default";
        using var model = new Model(family, family.ReadConfig(json, "config.json"), HeadKind.CausalLanguageModeling);
        model.eval();
        Plinth.Core.Checkpoints.Checkpoint.Save(model, folder.Path("model"));
        using var again = Plinth.Core.Checkpoints.Checkpoint.Load(folder.Path("model"), ModelCatalog.Families).Model;
        var batch = new TextBatch { InputIds = tensor(Prompt().Select(id => (long)id).ToArray()).unsqueeze(0), Images = Pictures(1) };
        Assert.Equal(0, (model.Logits(batch) - again.Logits(batch)).abs().max().ToDouble());
    }

    private static Model Build()
    {
        random.manual_seed(7);
        var model = new Model(family, family.Shape(Tiny), HeadKind.CausalLanguageModeling);
        model.eval();
        return model;
    }

    private static List<int> Prompt() => [1, 9, .. Enumerable.Repeat(ImageToken, PatchCount)];

    private static ImageBatch Pictures(int count, long start = 0) =>
        new() { PixelValues = (arange(start, start + (count * 3 * 16 * 16), ScalarType.Float32) * 0.71).sin().view(count, 3, 16, 16) };
}
