using System.CommandLine;
using Plinth.Cli;

namespace Plinth.Tests.Cli;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Commands => [.. Leaves(CommandLine.Root(), "").Order(StringComparer.Ordinal)];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_has_help_with_an_example(string command)
    {
        var (code, output, _) = await Run([.. command.Split(' '), "--help"]);
        Assert.Equal(ExitCodes.Success, code);
        Assert.Contains($"plinth {command}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_option_is_bad_input()
    {
        var (code, _, error) = await Run(["doctor", "--no-such-option"]);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains("--no-such-option", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_recipe_key_names_file_line_and_key()
    {
        var path = folder.Path("recipe.yaml");
        await File.WriteAllTextAsync(path, "name: x\ndata:\n  path: y\ntraining:\n  stepz: 3\n", TestContext.Current.CancellationToken);
        var (code, _, error) = await Run(["pretrain", path]);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains("recipe.yaml:5", error, StringComparison.Ordinal);
        Assert.Contains("stepz", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("generate", "no-such-folder", "text")]
    [InlineData("chat", "no-such-folder", "--message", "text")]
    [InlineData("run", "text_classification", "no-such-folder", "text")]
    [InlineData("run", "no_such_task", "no-such-folder", "text")]
    [InlineData("evaluate", "text_classification", "no-such-folder", "no-such-file.csv")]
    [InlineData("evaluate", "image_text_retrieval", "no-such-folder", "no-such-file.tsv", "--run", "no-such-run")]
    [InlineData("tokenizer", "encode", "no-such-folder", "text")]
    [InlineData("parity", "no-such-folder")]
    [InlineData("quickstart", "--data", "no-such-folder", "--folder", "FOLDER")]
    public async Task What_is_not_there_is_one_clear_paragraph(params string[] args)
    {
        var (code, _, error) = await Run([.. args.Select(arg => arg == "FOLDER" ? folder.Path("run") : arg)]);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.StartsWith("plinth: ", error, StringComparison.Ordinal);
        Assert.Contains("no", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Parity_passes_stored_cases_and_fails_on_a_changed_one()
    {
        var (code, output, _) = await Run(["parity", Fixtures.Folder("bert-base"), Fixtures.Folder("num-activations")]);
        Assert.Equal(ExitCodes.Success, code);
        Assert.Contains("ok   bert-base", output, StringComparison.Ordinal);

        var changed = folder.Path("bert-base");
        Directory.CreateDirectory(changed);
        foreach (var file in Directory.GetFiles(Fixtures.Folder("bert-base")))
        {
            File.Copy(file, Path.Combine(changed, Path.GetFileName(file)));
        }

        var config = Path.Combine(changed, "config.json");
        var text = await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(config, text.Replace("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"relu\"", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var dump = folder.Path("dump.safetensors");
        (code, output, _) = await Run(["parity", changed, "--dump", dump]);
        Assert.Equal(ExitCodes.Negative, code);
        Assert.Contains("FAIL bert-base", output, StringComparison.Ordinal);
        Assert.Contains("drifts first in block 0", output, StringComparison.Ordinal);
        Assert.True(File.Exists(dump));
    }

    private static IEnumerable<string> Leaves(Command command, string path) => command.Subcommands.Count == 0
        ? [path]
        : command.Subcommands.SelectMany(child => Leaves(child, path.Length == 0 ? child.Name : $"{path} {child.Name}"));

    internal static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        var (output, error) = (Console.Out, Console.Error);
        using var written = new StringWriter();
        using var complained = new StringWriter();
        Console.SetOut(written);
        Console.SetError(complained);
        try
        {
            var code = await CommandRunner.InvokeAsync(CommandLine.Root(), args);
            return (code, written.ToString(), complained.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }
}
