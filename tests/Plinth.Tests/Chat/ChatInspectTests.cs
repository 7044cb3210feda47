using Plinth.Cli;
using Plinth.Tests.Cli;

namespace Plinth.Tests.Chat;

public sealed class ChatInspectTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Inspect_shows_tokens_and_counts()
    {
        var (code, output) = await Run(ChatCases.Plain, "b\\u001b[31m");
        Assert.Equal(ExitCodes.Success, code);
        Assert.Contains("<|user|>a<|end|>\n<|assistant|>⟦b\uFFFD[31m<|end|>⟧\n", output, StringComparison.Ordinal);
        Assert.Contains("1 conversations, 13 tokens, 7 of them trained on (53.8 %).", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_refuses_faults_with_a_line_each()
    {
        var (code, output) = await Run(ChatCases.Plain, " ", "--maximum-length", "6");
        Assert.Equal(ExitCodes.Negative, code);
        Assert.Contains("EmptyAnswer: ", output, StringComparison.Ordinal);
        Assert.Contains("TruncatedAnswer: ", output, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output)> Run(string template, string answer, params string[] more)
    {
        ChatCases.Write(folder.Root, template);
        var data = folder.Path("chats.jsonl");
        await File.WriteAllTextAsync(data, $$"""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "{{answer}}"}]}""" + "\n");
        var (code, output, _) = await CommandLineTests.Run(["data", "inspect", "--template", folder.Root, "--data", data, .. more]);
        return (code, output);
    }
}
