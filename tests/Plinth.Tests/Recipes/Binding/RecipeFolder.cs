namespace Plinth.Tests.Recipes.Binding;

/// <summary>A folder of recipes that is gone after the test.</summary>
internal sealed class RecipeFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("plinth-recipes-");

    public string At(string name) => Path.Combine(folder.FullName, name);

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), text);
        return At(name);
    }

    public void Dispose() => folder.Delete(recursive: true);
}
