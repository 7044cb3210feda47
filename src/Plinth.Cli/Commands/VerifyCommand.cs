using System.CommandLine;
using Plinth.Recipes.Records;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth verify</c>: whether a run is what its record says.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("run") { Description = "Folder of a run that has ended." };
        var quick = new Option<bool>("--quick") { Description = "Hash files and data only; score and train nothing." };
        var command = new Command("verify",
            "Look whether a run is what its record (run.json) says: hash files and data again, score the model again from its last snapshot,\n" +
            "and train its first steps again. Exit code 1 where something does not hold. Call it where the run was started.\n\n" +
            "Example:  plinth verify runs/smoke-bert")
        {
            folder, quick,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed.GetValue(folder)!, parsed.GetValue(quick), cancellation)));
        return command;
    }

    private static int Run(string folder, bool quick, CancellationToken cancellation)
    {
        var checks = RunVerification.Run(folder, !quick, cancellation);
        var width = checks.Max(check => check.Name.Length);
        foreach (var check in checks)
        {
            Console.WriteLine($"{(check.Holds switch { true => "holds  ", false => "FAILS  ", null => "unknown" })}  {check.Name.PadRight(width)}  {check.Detail}");
        }

        return checks.Any(check => check.Holds == false) ? ExitCodes.Negative : ExitCodes.Success;
    }
}
