using Plinth.Core;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Xunit;

namespace Plinth.Tests.Recipes.Binding;

public sealed class RecipeReaderTests
{
    private const string Full = """
        name: first run   # a comment
        seed: 9223372036854775807
        resume: true
        note: |
          two
          lines
        limit: null
        trainer: &base
          steps: 20
          learning_rate: 1e-3
          schedule: warmup_cosine
          time_limit: 1.5h
          betas: [0.9, .95]
        split: {name: test}
        objective: {type: masked_lm, mask_probability: 0.3}
        data:
          - path: a.txt
          - {path: 'b c.txt', weight: 2}
        grid: [[1, 2], []]
        names: [a, null, "null", 'true', 7]
        weights: {a: 1, b c: -2.5}
        trainers:
          again: *base
        """;

    [Fact]
    public void Every_kind_of_value_is_bound()
    {
        var recipe = RecipeReader.ReadText<SampleRecipe>(Full, "r.yaml");
        Assert.Equal("first run", recipe.Name);
        Assert.Equal(long.MaxValue, recipe.Seed);
        Assert.True(recipe.Resume);
        Assert.Equal("two\nlines\n", recipe.Note);
        Assert.Null(recipe.Limit);
        Assert.Equal(20, recipe.Trainer.Steps);
        Assert.Equal(0.001, recipe.Trainer.LearningRate);
        Assert.Equal(SampleSchedule.WarmupCosine, recipe.Trainer.Schedule);
        Assert.Equal(TimeSpan.FromMinutes(90), recipe.Trainer.TimeLimit);
        Assert.Equal([0.9, 0.95], recipe.Trainer.Betas);
        Assert.Equal(new SampleSplit("test"), recipe.Split);
        Assert.Equal([new() { Path = "a.txt" }, new() { Path = "b c.txt", Weight = 2 }], recipe.Data);
        Assert.Equal([1, 2], recipe.Grid[0]);
        Assert.Empty(recipe.Grid[1]);
        Assert.Equal(["a", null, "null", "true", "7"], recipe.Names);
        Assert.Equal(-2.5, recipe.Weights["b c"]);
        Assert.Equal(recipe.Trainer, recipe.Trainers["again"]);
    }

    [Fact]
    public void What_is_not_said_keeps_its_default() =>
        Assert.Equal(new SampleRecipe { Name = "a" }.Trainer.Betas, RecipeReader.ReadText<SampleRecipe>("name: a\ntrainer: {steps: 3}", "r.yaml").Trainer.Betas);

    [Theory]
    [InlineData("100ms", 0.1)]
    [InlineData("90s", 90)]
    [InlineData("5m", 300)]
    [InlineData("2d", 172800)]
    [InlineData("00:01:30.5", 90.5)]
    public void Durations_carry_their_unit(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RecipeReader.ReadText<SampleTrainer>($"time_limit: {text}", "r.yaml").TimeLimit);

    [Fact]
    public void A_component_binds_its_options_as_strictly_as_the_recipe()
    {
        var good = RecipeReader.ReadText<SampleRecipe>(Full, "r.yaml").Objective!;
        Assert.Equal("masked_lm", good.Type);
        Assert.Equal(0.3, good.Bind<SampleMasking>().MaskProbability);
        Assert.Equal(Component.Of("masked_lm", new SampleMasking { MaskProbability = 0.3 }).Bind<SampleMasking>(), good.Bind<SampleMasking>());

        var bad = RecipeReader.ReadText<SampleRecipe>("name: a\nobjective:\n  type: masked_lm\n  whole_word: true", "r.yaml").Objective!;
        Assert.StartsWith(
            "r.yaml:4: objective: There is no key 'whole_word'. Did you mean 'whole_words'?",
            Assert.Throws<RecipeException>(() => bad.Bind<SampleMasking>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_extends_one_parent()
    {
        using var folder = new RecipeFolder();
        folder.Write("base/root.yaml", "name: root\nseed: 1\ntrainer: {steps: 5, betas: [1, 2]}\nobjective: {type: a, x: 1, y: 2}\nweights: {a: 1, b: 2}");
        folder.Write("base/middle.yaml", "extends: root.yaml\ntrainer: {learning_rate: 2, betas: [3]}\nobjective: {y: 3}");
        var recipe = RecipeReader.Read<SampleRecipe>(folder.Write("leaf.yaml", "extends: base/middle.yaml\nname: leaf\nweights: {b: 5}"));
        Assert.Equal(("leaf", 1L, 5, 2.0), (recipe.Name, recipe.Seed, recipe.Trainer.Steps, recipe.Trainer.LearningRate));
        Assert.Equal([3.0], recipe.Trainer.Betas);
        Assert.Equal(["x", "y"], recipe.Objective!.Keys);
        Assert.Equal(1, recipe.Weights["a"]);
        Assert.Equal(5, recipe.Weights["b"]);

        var other = RecipeReader.Read<SampleRecipe>(folder.Write("other.yaml", "extends: base/middle.yaml\nobjective: {type: b, z: 1}"));
        Assert.Equal(["z"], other.Objective!.Keys);
        Assert.Equal("leaf", RecipeReader.ReadText<SampleRecipe>("extends: leaf.yaml", "text", [], folder.At("")).Name);
    }

    [Theory]
    [InlineData("bfloat16")]
    [InlineData("b_float16")]   // as older runs wrote it
    public void Numbers_have_the_names_that_everybody_knows(string written)
    {
        var training = RecipeReader.ReadText<TrainingRecipe>($"{{ steps: 1, precision: {written} }}", "recipe");
        Assert.Equal(Plinth.Training.Optimizers.Precision.BFloat16, training.Precision);
        Assert.Contains("precision: bfloat16", RecipeWriter.Write(training), StringComparison.Ordinal);
        var error = Assert.Throws<RecipeException>(() => RecipeReader.ReadText<TrainingRecipe>("precision: float16", "recipe"));
        Assert.Contains("one of float32, bfloat16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mistakes_in_extends_are_named()
    {
        using var folder = new RecipeFolder();
        folder.Write("a.yaml", "extends: b.yaml\nname: a");
        folder.Write("b.yaml", "extends: ./a.yaml");
        Assert.Contains("in a circle", Message(folder.At("a.yaml")), StringComparison.Ordinal);
        Assert.Contains("There is no file", Message(folder.Write("c.yaml", "name: a\nextends: nowhere.yaml")), StringComparison.Ordinal);
        Assert.Contains("One parent recipe", Message(folder.Write("d.yaml", "extends: [a.yaml, b.yaml]")), StringComparison.Ordinal);
        for (var i = 0; i < 20; i++)
        {
            folder.Write($"deep{i}.yaml", $"extends: deep{i + 1}.yaml");
        }
        Assert.Contains("more than 8 deep", Message(folder.At("deep0.yaml")), StringComparison.Ordinal);
        folder.Write("parent.yaml", "name: a\ntrainer:\n  stepz: 1");
        Assert.Contains("parent.yaml:3: trainer: There is no key 'stepz'", Message(folder.Write("e.yaml", "extends: parent.yaml")), StringComparison.Ordinal);
    }

    private static string Message(string path) => Assert.Throws<RecipeException>(() => RecipeReader.Read<SampleRecipe>(path)).Message;
}
