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
        var adapters = new Argument<string[]>("adapters") { Description = "Folders of adapters; several are merged at once.", Arity = ArgumentArity.OneOrMore };
        var weights = new Option<double[]>("--weight") { Description = "How much of an adapter's change is added, once for each of them; 1 when not told.", AllowMultipleArgumentsPerToken = true };
        var source = new Option<string?>("--base") { Description = "Folder of the checkpoint they were trained on; the one that they name when not told." };
        var output = new Option<string>("--out", "-o") { Description = "Folder for the merged checkpoint.", Required = true };
        var command = new Command("merge",
            "Add adapters (LoRA, DoRA, (IA)³) to the weights of their base and save the result as a checkpoint of its own.\n" +
            "One after another: name the first result as the --base of the next.\n\n" +
            "Example:  plinth merge runs/quickstart/tasks/kind --out runs/kind-merged\n" +
            "          plinth merge runs/law/checkpoint runs/news/checkpoint --weight 0.7 0.3 --out runs/mixed")
        {
            adapters, weights, source, output,
        };
        command.SetAction((parsed, _) => Task.FromResult(Run(parsed.GetValue(adapters)!, parsed.GetValue(weights) ?? [], parsed.GetValue(source), parsed.GetValue(output)!)));
        return command;
    }

    private static int Run(string[] adapters, double[] weights, string? source, string output)
    {
        foreach (var adapter in adapters.Where(adapter => !AdapterFiles.IsAdapter(adapter)))
        {
            throw new CheckpointException($"There is no adapter in '{adapter}': no {AdapterFiles.ConfigFile} is there.");
        }

        if (weights.Length > 0 && weights.Length != adapters.Length)
        {
            throw new BadInputException($"There are {weights.Length} weights for {adapters.Length} adapters. Give one for each, or none.");
        }

        var report = AdapterMerge.Write([.. adapters.Select((adapter, i) => new MergedAdapter(adapter, weights.Length > 0 ? weights[i] : 1))], source ?? BaseOf(adapters), output);
        Console.WriteLine($"{report.ChangedCount} matrices changed{(report.HeadWeights.Count > 0 ? $", {report.HeadWeights.Count} weights of the head taken over" : "")}, saved in {output}");
        return ExitCodes.Success;
    }

    private static string BaseOf(string[] adapters)
    {
        string[] bases = [.. adapters.Select(FolderModel.BaseOf).DistinctBy(Path.GetFullPath)];
        return bases.Length == 1 ? bases[0]
            : throw new CheckpointException($"The adapters were trained on different models, {string.Join(" and ", bases)}. Name the one to change with --base, if they fit it.");
    }
}
