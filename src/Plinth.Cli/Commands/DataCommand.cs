using System.CommandLine;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth data</c>: looks at data before it is trained on, prepares it, and draws some.</summary>
internal static class DataCommand
{
    public static Command Create() => new("data", "Look at data before training on it, prepare it, or draw some.")
    {
        DataInspectCommand.Create(), DataPrepareCommand.Create(), DataLanguagesCommand.Create(), DataDrawCommand.Create(),
    };
}
