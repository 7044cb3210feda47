using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Plinth.Cli.Display;

/// <summary>What the library remarks, on standard error: warnings and worse, a line each.</summary>
internal static class ConsoleRemarks
{
    /// <summary>Makes the loggers; disposing them writes what is still to be written.</summary>
    public static ILoggerFactory Create() => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(LogLevel.Warning)
        .AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace)
        .AddSimpleConsole(options => (options.SingleLine, options.ColorBehavior) = (true, LoggerColorBehavior.Disabled)));
}
