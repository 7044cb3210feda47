using System.CommandLine;
using Plinth.Core;
using Plinth.Layers.Adapters;
using Plinth.Recipes;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth merge</c>: an adapter added to its base for good.</summary>
internal static class MergeCommand
{
    public static Command Create()
    {
        var adapter = new Argument<string>("adapter") { Description = "Folder of a LoRA adapter." };
        var source = new Option<string?>("--base") { Description = "Folder of the checkpoint it was trained on; the one that the adapter names when not told." };
        var output = new Option<string>("--out", "-o") { Description = "Folder for the merged checkpoint.", Required = true };
        var command = new Command("merge",
            "Add a LoRA adapter to the weights of its base and save the result as a checkpoint of its own.\n\n" +
            "Example:  plinth merge runs/quickstart/tasks/kind --out runs/kind-merged")
        {
            adapter, source, output,
        };
        command.SetAction((parsed, _) => Task.FromResult(Run(parsed.GetValue(adapter)!, parsed.GetValue(source), parsed.GetValue(output)!)));
        return command;
    }

    private static int Run(string adapter, string? source, string output)
    {
        if (!AdapterFiles.IsAdapter(adapter))
        {
            throw new CheckpointException($"There is no adapter in '{adapter}': no {AdapterFiles.ConfigFile} is there.");
        }

        var report = AdapterMerge.Write(adapter, source ?? FolderModel.BaseOf(adapter), output);
        Console.WriteLine($"{report.ChangedCount} matrices changed{(report.HeadWeights.Count > 0 ? $", {report.HeadWeights.Count} weights of the head taken over" : "")}, saved in {output}");
        return ExitCodes.Success;
    }
}
