using Spectre.Console;

namespace Plinth.Cli.Display;

/// <summary>Standard output with colours and tables, where it has them.</summary>
internal static class OutputConsole
{
    /// <summary>The console of a command. It is not the shared one, which keeps the output that it was first used with.</summary>
    public static IAnsiConsole Create() => AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Out) });
}
