using Plinth.Core;
using Plinth.Recipes.Binding;
using Xunit;

namespace Plinth.Tests.Recipes.Binding;

public sealed class RecipeOverrideTests
{
    private const string Text = "name: a\ndata:\n  - path: x\n  - path: y\nobjective: {type: masked_lm, mask_probability: 0.3}\ngrid: [[1, 2]]";

    [Fact]
    public void Overrides_reach_every_place()
    {
        var recipe = Read(
            "name=b c", "trainer.steps=7", "trainer.betas=[1, 2]", "data[1].weight=4", "weights.new=2", "trainers.x.steps=3",
            "grid[0][1]=9", "objective.whole_words=true", "note=a=b", "limit=null", "split={name: s}", "trainer.steps=8");
        Assert.Equal("b c", recipe.Name);
        Assert.Equal(8, recipe.Trainer.Steps);
        Assert.Equal([1, 2], recipe.Trainer.Betas);
        Assert.Equal(new SampleSource { Path = "y", Weight = 4 }, recipe.Data[1]);
        Assert.Equal(2, recipe.Weights["new"]);
        Assert.Equal(3, recipe.Trainers["x"].Steps);
        Assert.Equal([1, 9], recipe.Grid[0]);
        Assert.Equal(new SampleMasking { MaskProbability = 0.3, WholeWords = true }, recipe.Objective!.Bind<SampleMasking>());
        Assert.Equal("a=b", recipe.Note);
        Assert.Null(recipe.Limit);
        Assert.Equal(new SampleSplit("s"), recipe.Split);
    }

    [Fact]
    public void A_new_type_discards_the_old_options_but_not_those_given_with_it() =>
        Assert.Equal(["x"], Read("objective.x=1", "objective.type=causal_lm").Objective!.Keys);

    [Theory]
    [InlineData("trainer.stepz=7", "override 'trainer.stepz=7': trainer: There is no key 'stepz'. Did you mean 'steps'?")]
    [InlineData("nothing.steps=7", "There is no key 'nothing'.")]
    [InlineData("trainer.steps=x", "override 'trainer.steps=x': trainer.steps: Expected a whole number, found 'x'.")]
    [InlineData("trainer.steps.more=1", "trainer.steps: There is no key 'more' below a value.")]
    [InlineData("data.path=1", "data: There is no key 'path' below a value; name an item as in list[0].")]
    [InlineData("data[2].path=1", "data: The list has 2 items; there is no item 2")]
    [InlineData("trainer[0]=1", "trainer: This is not a list.")]
    [InlineData("name", "Overrides have the form")]
    [InlineData("=1", "Overrides have the form")]
    [InlineData("a..b=1", "Overrides have the form")]
    [InlineData("data[x]=1", "Overrides have the form")]
    [InlineData("note=a: b", "The value must be a single value")]
    [InlineData("trainer.betas=- 1", "The value must be a single value")]
    [InlineData("note=[a", "override 'note=[a': This is not valid YAML")]
    [InlineData("name=", "name: A value is missing")]
    [InlineData("objective.mask_probability.x=1", "There is no key 'x' below a value.")]
    public void Mistakes_in_overrides_are_named(string change, string expected) =>
        Assert.Contains(expected, Assert.Throws<RecipeException>(() => Read(change)).Message, StringComparison.Ordinal);

    private static SampleRecipe Read(params string[] overrides) => RecipeReader.ReadText<SampleRecipe>(Text, "r.yaml", overrides);
}
