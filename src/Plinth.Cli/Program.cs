using Plinth.Cli;

return await CommandRunner.InvokeAsync(CommandLine.Root(), args);
