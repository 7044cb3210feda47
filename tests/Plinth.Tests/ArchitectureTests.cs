using System.Xml.Linq;

namespace Plinth.Tests;

/// <summary>The arrows between projects. A new one is a decision: change the table here first, with the reason.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Plinth.Core"] = [],
        ["Plinth.Layers"] = ["Plinth.Core"],
        ["Plinth.Data"] = ["Plinth.Core"],
        ["Plinth.Models"] = ["Plinth.Core", "Plinth.Layers"],
        ["Plinth.Objectives"] = ["Plinth.Core", "Plinth.Layers"],
        // A task turns raw samples into batches, so it knows tokenizers; one whose answer is a new text generates it.
        ["Plinth.Tasks"] = ["Plinth.Core", "Plinth.Layers", "Plinth.Data", "Plinth.Inference"],
        ["Plinth.Training"] = ["Plinth.Core"],
        // A client is made of a folder in one call, so inference knows which architectures there are.
        ["Plinth.Inference"] = ["Plinth.Core", "Plinth.Data", "Plinth.Models"],
        ["Plinth.Recipes"] =
        [
            "Plinth.Core", "Plinth.Data", "Plinth.Layers", "Plinth.Models", "Plinth.Objectives", "Plinth.Tasks", "Plinth.Training", "Plinth.Inference",
        ],
        // What a sentence-transformers folder says is read in one place.
        ["Plinth.Export"] = ["Plinth.Core", "Plinth.Data"],
        // What is served over HTTP, and nothing else knows of it: a web page asks a run for a pause by the training's own words.
        ["Plinth.Serving"] = ["Plinth.Core", "Plinth.Training"],
        // Export and Serving work on folders alone, so the command line calls them without a recipe.
        ["Plinth.Cli"] = ["Plinth.Recipes", "Plinth.Export", "Plinth.Serving"],
    };

    public static TheoryData<string> Projects => [.. Directory.GetDirectories(Path.Combine(Fixtures.Root, "src")).Select(folder => Path.GetFileName(folder)!)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_table_allows(string project)
    {
        Assert.True(Arrows.TryGetValue(project, out var allowed), $"{project} is not in the table.");
        var file = Path.Combine(Fixtures.Root, "src", project, project + ".csproj");
        var references = XDocument.Load(file).Descendants("ProjectReference")
            .Select(element => Path.GetFileNameWithoutExtension(element.Attribute("Include")!.Value.Replace('\\', '/')))
            .Order(StringComparer.Ordinal);
        Assert.Equal(allowed!.Order(StringComparer.Ordinal), references);
    }

    [Fact]
    public void The_table_names_only_projects_that_exist() =>
        Assert.All(Arrows.Keys, project => Assert.True(Directory.Exists(Path.Combine(Fixtures.Root, "src", project)), project));
}
