using System.CommandLine;
using Plinth.Training.Control;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth control</c>: asks a run that is going on for something.</summary>
internal static class ControlCommand
{
    public static Command Create()
    {
        var folder = CommonOptions.RunFolder();
        var request = new Argument<string>("request") { Description = $"{string.Join(", ", ControlFile.Words.SkipLast(1))} or {ControlFile.Words[^1]}." };
        var command = new Command("control",
            "Ask a run that is going on in another process: to pause, to continue, to stop (it writes a snapshot and ends as after Ctrl-C; the same command\n" +
            "goes on from there), or to write a snapshot now. It is done between two steps and changes no number of the run.\n\n" +
            "Example:  plinth control runs/quickstart/encoder pause")
        {
            folder, request,
        };
        command.SetAction((parsed, _) =>
        {
            var word = parsed.GetValue(request)!;
            ControlFile.Ask(parsed.GetValue(folder)!, ControlFile.Parse(word));
            Console.WriteLine($"asked: {word}; the run follows after the step at hand");
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }
}
