using System.CommandLine;
using System.Runtime.CompilerServices;
using Plinth.Cli.Commands;

[assembly: InternalsVisibleTo("Plinth.Tests")]

namespace Plinth.Cli;

/// <summary>All commands.</summary>
internal static class CommandLine
{
    public static RootCommand Root() => new(
        "Foundation models for .NET: pre-train one model on unlabeled data, adapt it to many tasks, evaluate it and run it.\n\n" +
        "Start with:  plinth quickstart\n\n" +
        ExitCodes.Help)
    {
        QuickstartCommand.Create(),
        DoctorCommand.Create(),
        ParityCommand.Create(),
        InspectCommand.Create(),
        TokenizerCommand.Create(),
        DataCommand.Create(),
        PretrainCommand.Create(),
        FinetuneCommand.Create(),
        SweepCommand.Create(),
        EvaluateCommand.Create(),
        CompareCommand.Create(),
        WatchCommand.Create(),
        ControlCommand.Create(),
        VerifyCommand.Create(),
        ScalingCommand.Create(),
        GenerateCommand.Create(),
        ChatCommand.Create(),
        RunCommand.Create(),
        ExportCommand.Create(),
        MergeCommand.Create(),
        TortureCommand.Create(),
    };
}
