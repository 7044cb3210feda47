using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Models;
using Plinth.Models.Text.Gpt2;
using Plinth.Recipes;
using Plinth.Recipes.Binding;

namespace Plinth.Tests.Recipes;

/// <summary>Fields of config.json that a recipe sets: numbers, flags and texts, by file and by override.</summary>
public sealed class ModelConfigRecipeTests
{
    private const string Recipe = """
        name: x
        data: {path: corpus.txt}
        model:
          family: gpt2
          config:
            n_inner: 96
            attn_pdrop: 0
            resid_pdrop: 2.5e-1
            scale_attn_by_inverse_layer_idx: true
            activation_function: relu
        """;

    [Fact]
    public void Numbers_flags_and_texts_reach_the_config()
    {
        var config = Config(Read("model.config.activation_function=gelu", "model.config.scale_attn_weights=false"));
        Assert.Equal((96, 0d, 0.25, true, false, "gelu"),
            (config.NInner, config.AttnPdrop, config.ResidPdrop, config.ScaleAttnByInverseLayerIdx, config.ScaleAttnWeights, config.ActivationFunction));
        Assert.Equal("relu", Config(Read()).ActivationFunction);
    }

    [Fact]
    public void What_is_written_reads_back_equal()
    {
        var recipe = Read();
        var made = recipe with
        {
            Model = recipe.Model with
            {
                Config = new Dictionary<string, ConfigValue>
                {
                    ["a"] = true, ["b"] = 2.0, ["c"] = 1e300, ["d"] = -0.125, ["e"] = long.MaxValue, ["f"] = 1e17,
                    ["t1"] = "true", ["t2"] = "12", ["t3"] = "", ["t4"] = ".inf", ["t5"] = "a: b", ["t6"] = "null", ["t7"] = "gelu_new",
                },
            },
        };
        var read = RecipeReader.ReadText<PretrainingRecipe>(RecipeWriter.Write(made), "written");
        Assert.Equal(made.Model.Config.OrderBy(pair => pair.Key, StringComparer.Ordinal), read.Model.Config.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        Assert.Equal(2L, read.Model.Config["b"].Content);
        Assert.Equal(Read(), Read());
    }

    [Theory]
    [InlineData("n_iner", "96", "Did you mean 'n_inner'?")]
    [InlineData("n_iner", "96", "classifier_dropout", "bert")]
    [InlineData("id2label", "5", "is no field")]
    [InlineData("extra", "5", "is no field")]
    [InlineData("model_type", "bert", "is no field")]
    [InlineData("n_inner", "wide", "model.config.n_inner: Expected a whole number, found \"wide\"")]
    [InlineData("n_inner", "1.5", "Expected a whole number, found 1.5")]
    [InlineData("n_inner", "3000000000", "out of range")]
    [InlineData("n_inner", "'96'", "Expected a whole number, found \"96\"")]
    [InlineData("attn_pdrop", "true", "Expected a number, found true")]
    [InlineData("scale_attn_weights", "1", "Expected true or false, found 1")]
    [InlineData("activation_function", "1", "Expected a text, found 1")]
    [InlineData("attn_pdrop", ".inf", "finite")]
    [InlineData("attn_pdrop", "[1, 2]", "Expected true or false, a number or a text, found a list")]
    [InlineData("attn_pdrop", "", "missing")]
    public void What_does_not_fit_is_refused_with_a_reason(string field, string value, string reason, string family = "gpt2")
    {
        var error = Assert.ThrowsAny<PlinthException>(() => Config<ModelConfig>(
            RecipeReader.ReadText<PretrainingRecipe>($"name: x\ndata: {{path: a.txt}}\nmodel: {{family: {family}}}\n", "x.yaml", [$"model.config.{field}={value}"])));
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_family_names_its_fields_without_a_clash()
    {
        foreach (var name in ModelCatalog.Families.Names)
        {
            var config = ModelCatalog.Families[name].Shape(new(1, 64, 2, 100, 32));
            var fields = ConfigFields.Of(config.GetType());
            Assert.Contains("vocab_size", fields.Keys);
            var known = config.ToJson().Where(pair => pair.Value is System.Text.Json.Nodes.JsonValue && !config.Extra.ContainsKey(pair.Key)).Select(pair => pair.Key);
            Assert.Empty(known.Except(fields.Keys).Except(["model_type"]));
        }
    }

    [Fact]
    public void A_value_that_is_no_finite_number_cannot_be_made() => Assert.Throws<ArgumentException>(() => ConfigValue.FromDouble(double.NaN));

    private static PretrainingRecipe Read(params string[] overrides) => RecipeReader.ReadText<PretrainingRecipe>(Recipe, "x.yaml", overrides);

    private static Gpt2Config Config(PretrainingRecipe recipe) => Config<Gpt2Config>(recipe);

    private static T Config<T>(PretrainingRecipe recipe) where T : ModelConfig => (T)Pretraining.Config(
        ModelCatalog.Families[recipe.Model.Family], recipe.Model,
        ByteLevelBpeTrainer.Train(["some text to learn from"], new() { VocabularySize = 300 }, cancellation: TestContext.Current.CancellationToken));
}
