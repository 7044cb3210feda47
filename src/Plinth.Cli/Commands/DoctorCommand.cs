using System.CommandLine;
using Plinth.Core.Native;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth doctor</c>: what was loaded, and what it measures.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "Measure for a shorter time; the numbers are rougher." };
        var command = new Command("doctor",
            "Say what was loaded and from where, measure each device, and prove the arithmetic with a self-test.\n\n" +
            "Exit code 1 when something is wrong; the mend is printed.\n\n" +
            "Example:  plinth doctor")
        {
            quick,
        };
        command.SetAction(parsed =>
        {
            var report = Doctor.Examine(parsed.GetValue(quick) ? TimeSpan.FromMilliseconds(50) : null);
            Console.WriteLine(report);
            return report.IsHealthy ? ExitCodes.Success : ExitCodes.Negative;
        });
        return command;
    }
}
