using Plinth.Cli;

namespace Plinth.Tests.Cli;

public sealed class PreparationCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_shipped_recipe_prepares_what_it_is_given()
    {
        var texts = folder.Path("texts.txt");
        await File.WriteAllTextAsync(texts, "Only a few words.", TestContext.Current.CancellationToken);
        var (code, output, error) = await CommandLineTests.Run(
            "data", "prepare", Path.Combine(Fixtures.Root, "recipes", "text", "prepare-english.yaml"), $"sources[0].path={texts}", $"folder={folder.Path("out")}");
        Assert.True(code == ExitCodes.Success, error);
        Assert.Contains("0 of 1 documents kept", output, StringComparison.Ordinal);
        Assert.Contains("too_short", await File.ReadAllTextAsync(folder.Path("out", "rejects.jsonl"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_of_languages_is_trained_measured_and_asked()
    {
        var token = TestContext.Current.CancellationToken;
        Directory.CreateDirectory(folder.Path("texts"));
        await File.WriteAllTextAsync(folder.Path("texts", "aa.txt"), "abab abba baab", token);
        await File.WriteAllTextAsync(folder.Path("texts", "cc.txt"), "cdcd cddc dccd\ncdcd", token);
        var (code, _, error) = await CommandLineTests.Run("data", "languages", "train", folder.Path("texts"), folder.Path("two.model"));
        Assert.True(code == ExitCodes.Success, error);
        var (_, measured, _) = await CommandLineTests.Run("data", "languages", "measure", folder.Path("texts"), "--model", folder.Path("two.model"));
        Assert.Matches(@"all +3 of +3 +100\.0 %", measured);
        var (_, told, _) = await CommandLineTests.Run("data", "languages", "detect", "dcdc cd", "--model", folder.Path("two.model"));
        Assert.StartsWith("cc ", told, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.BadInput, (await CommandLineTests.Run("data", "languages", "train", folder.Path("nowhere"), folder.Path("two.model"))).Code);
    }
}
