using System.CommandLine;
using System.Diagnostics;
using Plinth.Cli.Torture;
using Plinth.Core;
using Plinth.Recipes;
using Plinth.Recipes.Binding;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth torture</c>: whether a run that is killed again and again ends in the very weights of one that is left in peace.</summary>
internal static class TortureCommand
{
    // A run without snapshots on the way would only ever begin anew.
    private const long SnapshotsPerRun = 20;

    public static Command Create()
    {
        var recipe = CommonOptions.Recipe();
        var overrides = CommonOptions.Overrides();
        var kills = new Option<int>("--kills") { Description = "How many processes are killed.", DefaultValueFactory = _ => 20 };
        var seed = new Option<int>("--seed") { Description = "Chooses the moments.", DefaultValueFactory = _ => 0 };
        var folder = new Option<string?>("--folder") { Description = "Where the runs go; by default runs/torture-NAME." };
        var command = new Command("torture",
            "Train by a recipe once in peace, then again in processes that are killed (kill -9) at random moments, also while they write,\n" +
            "and started anew; compare checkpoints and scores byte by byte. Exit code 1 where they differ.\n\n" +
            "Example:  plinth torture recipes/text/smoke-bert.yaml --kills 10\n" +
            "          plinth torture recipes/images/smoke-scenes.yaml training.steps=200 --kills 100")
        {
            recipe, overrides, kills, seed, folder,
        };
        command.SetAction((parsed, cancellation) => Run(
            parsed.GetValue(recipe)!, parsed.GetValue(overrides) ?? [], parsed.GetValue(kills), parsed.GetValue(seed), parsed.GetValue(folder), cancellation));
        return command;
    }

    private static async Task<int> Run(string path, string[] overrides, int kills, int seed, string? folder, CancellationToken cancellation)
    {
        if (kills < 1)
        {
            throw new BadInputException($"--kills = {kills} must be at least 1.");
        }

        var isFinetuning = RecipeReader.Says<FinetuningRecipe>(path, "task");
        var (name, steps) = isFinetuning ? Finetuned(RecipeReader.Read<FinetuningRecipe>(path, overrides)) : Pretrained(RecipeReader.Read<PretrainingRecipe>(path, overrides));
        var snapshots = $"training.snapshot_every={Math.Max(1, (steps ?? SnapshotsPerRun) / SnapshotsPerRun)}";
        var test = new KillTest(
            place => StartOf([isFinetuning ? "finetune" : "pretrain", path, snapshots, .. overrides, $"folder={place}"]), folder ?? Path.Combine("runs", $"torture-{name}"), seed, Console.WriteLine);
        var clock = Stopwatch.StartNew();
        var result = await test.Run(kills, cancellation).ConfigureAwait(false);
        Console.WriteLine(
            $"{result.KillCount} kills in {result.RunCount} runs, {result.WhileWritingCount} of them while something was written: " +
            $"{(result.Differences.Count == 0 ? $"all {result.FileCount} files of checkpoints and scores are the same in every run" : $"{result.Differences.Count} files differ")} ({clock.Elapsed.TotalSeconds:0} s)");
        foreach (var difference in result.Differences)
        {
            Console.WriteLine($"  {difference}");
        }

        return result.Differences.Count == 0 ? ExitCodes.Success : ExitCodes.Negative;
    }

    private static (string Name, long? Steps) Finetuned(FinetuningRecipe recipe) => (recipe.Name, recipe.Training.Steps);

    private static (string Name, long? Steps) Pretrained(PretrainingRecipe recipe) => (recipe.Name, recipe.Training.Steps);

    // This very program again: its own file, or the runtime with the assembly.
    internal static ProcessStartInfo StartOf(IReadOnlyList<string> arguments)
    {
        var program = Environment.ProcessPath ?? throw new PlinthException("The path of this program is not known, so it cannot start itself.");
        var assembly = typeof(TortureCommand).Assembly.Location;
        return Path.GetFileNameWithoutExtension(program) == "plinth" ? new(program, arguments) : new("dotnet", [assembly, .. arguments]);
    }
}
