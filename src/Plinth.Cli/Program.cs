using System.CommandLine;
using Plinth.Cli;
using Plinth.Cli.Commands;

var root = new RootCommand(
    "Foundation models for .NET: pre-train one model on unlabeled data, adapt it to many tasks, evaluate it and run it.\n\n" +
    "Start with:  plinth quickstart\n\n" +
    ExitCodes.Help)
{
    QuickstartCommand.Create(),
    DoctorCommand.Create(),
    ParityCommand.Create(),
    TokenizerCommand.Create(),
    PretrainCommand.Create(),
    FinetuneCommand.Create(),
    EvaluateCommand.Create(),
    GenerateCommand.Create(),
    RunCommand.Create(),
};

return await CommandRunner.InvokeAsync(root, args);
