using Plinth.Objectives;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Tasks;

namespace Plinth.Tests.Recipes;

/// <summary>Every recipe that is shipped binds, and names parts that exist.</summary>
public sealed class ShippedRecipes
{
    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Path.Combine(Fixtures.Root, "recipes"), "*.yaml", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Fixtures.Root, path))];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_recipe_binds_and_its_parts_exist(string file)
    {
        var path = Path.Combine(Fixtures.Root, file);
        if (File.ReadAllText(path).Contains("\ntask:", StringComparison.Ordinal))
        {
            var recipe = RecipeReader.Read<FinetuningRecipe>(path);
            recipe.Check();
            recipe.Task.Bind(TaskCatalog.Tasks[recipe.Task.Type].OptionsType);
            Assert.NotNull(recipe.Model?.Dial() ?? ModelSize.All["tiny"]);
            Assert.True(recipe.Data.Template is not { } template || File.Exists(Path.Combine(Fixtures.Root, template)), recipe.Data.Template);
        }
        else if (File.ReadAllText(path).Contains("\nsources:", StringComparison.Ordinal))
        {
            Assert.NotEmpty(RecipeReader.Read<PreparationRecipe>(path).Plan().Steps);
        }
        else
        {
            var recipe = RecipeReader.Read<PretrainingRecipe>(path);
            var entry = ObjectiveCatalog.Objectives[recipe.Objective!.Type];
            Assert.NotNull(recipe.Model.Dial());
            Assert.Equal(entry.Name, recipe.Objective.Type);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_recipe_s_header_says_what_to_expect(string file)
    {
        var header = File.ReadLines(Path.Combine(Fixtures.Root, file)).TakeWhile(line => line.StartsWith('#'));
        Assert.Contains(header, line => line.Contains("Expect", StringComparison.Ordinal) || line.Contains("Results", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_recipe_s_header_gives_its_command(string file)
    {
        var header = File.ReadLines(Path.Combine(Fixtures.Root, file)).TakeWhile(line => line.StartsWith('#'));
        Assert.Contains(header, line => line.Contains("plinth ", StringComparison.Ordinal) && line.Contains(Path.GetFileName(file), StringComparison.Ordinal));
    }
}
