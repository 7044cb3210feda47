using System.Text.Json;
using Plinth.Cli;
using Plinth.Tests.Inference;

namespace Plinth.Tests.Cli;

public sealed class ChatCommandTests : IDisposable
{
    private const string Schema = """{"type":"object","properties":{"a":{"type":"integer"},"b":{"enum":["x","y"]}},"required":["a","b"]}""";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task One_message_gives_one_answer()
    {
        var path = ChatModels.Save(folder.Path("chat"));
        var (code, output, error) = await CommandLineTests.Run(["chat", path, "--message", "hi", "--temperature", "0"]);
        Assert.Equal((ExitCodes.Success, ""), (code, error));
        Assert.Equal("hello there, how are you today? ééé", output.TrimEnd());
        (_, output, _) = await CommandLineTests.Run(["chat", path, "--message", "hi", "--temperature", "0", "--system", "be brief"]);
        Assert.Equal("yes", output.TrimEnd());
    }

    [Fact]
    public async Task A_conversation_goes_on_until_the_input_ends()
    {
        var path = ChatModels.Save(folder.Path("chat"));
        var input = Console.In;
        Console.SetIn(new StringReader("hi\nbye\n"));
        try
        {
            var (code, output, _) = await CommandLineTests.Run(["chat", path, "--temperature", "0"]);
            Assert.Equal(ExitCodes.Success, code);
            Assert.EndsWith("hello there, how are you today? ééé\ngood bye", output.ReplaceLineEndings("\n").TrimEnd().Replace("> ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }
        finally
        {
            Console.SetIn(input);
        }
    }

    [Fact]
    public async Task Schemas_decide_the_form_of_answers()
    {
        var (path, schema) = (ChatModels.Save(folder.Path("chat")), folder.Path("schema.json"));
        await File.WriteAllTextAsync(schema, Schema, TestContext.Current.CancellationToken);
        foreach (var args in (string[][])[["generate", path, "hi", "--schema", schema], ["chat", path, "--message", "hi", "--schema", schema]])
        {
            var (code, output, error) = await CommandLineTests.Run(args);
            Assert.Equal((ExitCodes.Success, ""), (code, error));
            using var document = JsonDocument.Parse(output);
            Assert.Equal(["a", "b"], document.RootElement.EnumerateObject().Select(member => member.Name));
        }
        var (cut, _, complaint) = await CommandLineTests.Run(["generate", path, "hi", "--schema", schema, "--max-new-tokens", "2"]);
        Assert.Equal(ExitCodes.Negative, cut);
        Assert.Contains("--max-new-tokens", complaint, StringComparison.Ordinal);
        await File.WriteAllTextAsync(schema, """{"type":"string","pattern":"a"}""", TestContext.Current.CancellationToken);
        (cut, _, complaint) = await CommandLineTests.Run(["generate", path, "hi", "--schema", schema]);
        Assert.Equal(ExitCodes.BadInput, cut);
        Assert.Contains("pattern", complaint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_without_a_template_needs_one()
    {
        var path = ChatModels.Save(folder.Path("bare"), hasTemplate: false);
        var (code, _, error) = await CommandLineTests.Run(["chat", path, "--message", "hi"]);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains("chat template", error, StringComparison.Ordinal);
        var template = folder.Path("form.jinja");
        await File.WriteAllTextAsync(template, ChatModels.Template, TestContext.Current.CancellationToken);
        (code, var output, _) = await CommandLineTests.Run(["chat", path, "--message", "hi", "--temperature", "0", "--template", template]);
        Assert.Equal((ExitCodes.Success, "hello there, how are you today? ééé"), (code, output.TrimEnd()));
    }
}
