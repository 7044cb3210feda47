using System.CommandLine;
using Plinth.Core;

namespace Plinth.Cli;

/// <summary>Runs the command line: errors become one paragraph and an exit code, Ctrl-C a cancellation.</summary>
internal static class CommandRunner
{
    public static async Task<int> InvokeAsync(RootCommand root, string[] args)
    {
        using var interrupt = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            // The first Ctrl-C lets the run save its state; the second one ends the process.
            pressed.Cancel = !interrupt.IsCancellationRequested;
            interrupt.Cancel();
        };

        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            // The library prints the errors with the help of the command at hand.
            await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, CancellationToken.None);
            return ExitCodes.BadInput;
        }

        try
        {
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, interrupt.Token);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Interrupted.");
            return ExitCodes.Interrupted;
        }
        catch (PlinthException error)
        {
            await Console.Error.WriteLineAsync($"plinth: {error.Message}");
            return ExitCodes.BadInput;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            await Console.Error.WriteLineAsync($"plinth: an unexpected error, which is a defect of plinth. Please report it.\n{error}");
            return ExitCodes.Defect;
        }
    }
}
