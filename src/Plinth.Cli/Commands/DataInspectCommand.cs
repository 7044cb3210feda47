using System.CommandLine;
using Plinth.Cli.Display;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;
using Spectre.Console;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth data inspect</c>: what a model sees of conversations, what it is trained on, and what is wrong with them.</summary>
internal static class DataInspectCommand
{
    public static Command Create()
    {
        var template = new Option<string>("--template") { Description = "Folder of a checkpoint or a tokenizer with a chat template.", Required = true };
        var data = new Option<string>("--data") { Description = "Conversations, one a line: {\"messages\": [...], \"tools\": [...]} (JSONL).", Required = true };
        var length = new Option<int?>("--maximum-length") { Description = "Longest sample in tokens, as in the recipe." };
        var special = new Option<bool>("--add-special") { Description = "Let the tokenizer add its own special tokens to the template's." };
        var count = new Option<int>("--count") { Description = "How many conversations to show; all are checked.", DefaultValueFactory = _ => 3 };
        var command = new Command("inspect",
            "Show exactly what a model sees of conversations, coloured by what it is trained on, and refuse what would spoil training.\n\n" +
            "Example:  plinth data inspect --template models/phi3 --data chats.jsonl\n\n" +
            "Exit code 1 when a conversation has a fault, one line for each.")
        {
            template, data, length, special, count,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(template)!, parsed.GetValue(data)!,
            new() { MaximumLength = parsed.GetValue(length), AddsSpecialTokens = parsed.GetValue(special) }, parsed.GetValue(count), cancellation)));
        return command;
    }

    private static int Run(string template, string data, ChatEncodingOptions options, int count, CancellationToken cancellation)
    {
        var encoder = new ChatEncoder(ChatTemplate.Load(template), TokenizerFiles.Load(template), options);
        var linter = new ChatLinter(encoder);
        var console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Out) });
        var (conversations, tokens, targets) = (0, 0L, 0L);
        List<ChatFinding> findings = [];
        foreach (var conversation in ChatFiles.Read(data))
        {
            cancellation.ThrowIfCancellationRequested();
            var chat = encoder.Encode(conversation);
            if (conversations++ < count)
            {
                ChatView.Write(console, chat, encoder.Tokenizer);
            }

            tokens += chat.Ids.Count;
            targets += chat.TargetCount;
            findings.AddRange(linter.Lint(chat));
        }

        Console.WriteLine($"{conversations:N0} conversations, {tokens:N0} tokens, {targets:N0} of them trained on ({(tokens == 0 ? 0 : 100.0 * targets / tokens):0.0} %).");
        foreach (var finding in findings)
        {
            Console.WriteLine($"{finding.Fault}: {finding.Text}");
        }

        return findings.Count == 0 ? ExitCodes.Success : ExitCodes.Negative;
    }
}
