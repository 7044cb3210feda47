using System.CommandLine;
using Plinth.Recipes;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth run</c>: any task on a checkpoint or an adapter.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var task = new Argument<string>("task") { Description = $"One of {string.Join(", ", TaskRunner.Names)}." };
        var model = CommonOptions.Model();
        var text = new Argument<string>("text") { Description = "The text; - reads one text per line from standard input." };
        var pair = new Option<string?>("--pair", "-p") { Description = "The second text: the context of a question, the other sentence of a pair." };
        var choices = new Option<string[]>("--choice") { Description = "A text to choose from; given several times." };
        var top = new Option<int>("--top") { Description = "How many answers to show.", DefaultValueFactory = _ => 3 };
        var command = new Command("run",
            "Answer a text with any task.\n\n" +
            "Example:  plinth run text_classification runs/quickstart/tasks/kind \"Gets the number of elements.\"\n" +
            "          plinth run fill_mask runs/quickstart/encoder/checkpoint \"Gets or sets the [MASK] of the collection.\"")
        {
            task, model, text, pair, choices, top,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(task)!, parsed.GetValue(model)!, parsed.GetValue(text)!, parsed.GetValue(pair), parsed.GetValue(choices) ?? [], parsed.GetValue(top), cancellation)));
        return command;
    }

    private static int Run(string task, string model, string text, string? pair, string[] choices, int top, CancellationToken cancellation)
    {
        using var runner = TaskRunner.Load(task, model);
        foreach (var one in text == "-" ? Lines() : [text])
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var line in runner.Answer(new(one, pair) { Choices = choices.Length > 0 ? choices : null }, top))
            {
                Console.WriteLine(line);
            }
        }

        return ExitCodes.Success;
    }

    private static IEnumerable<string> Lines()
    {
        while (Console.In.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
