using System.CommandLine;
using Plinth.Cli.Display;
using Plinth.Core;
using Plinth.Models.Inspection;
using Plinth.Models.Presets;
using Plinth.Recipes.Inspection;
using Spectre.Console;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth inspect</c>: what a published system or a checkpoint is made of, and what it needs.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var target = new Argument<string?>("target") { Description = "Name of a preset, or a checkpoint folder; nothing lists the presets.", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("inspect",
            "Show the parameters per part and the memory that a model needs, without allocating it; of a folder its files and tokenizer too.\n\n" +
            "A preset's name comes before a folder of that name; write ./NAME for the folder.\n\n" +
            "Example:  plinth inspect gpt3-175b")
        {
            target, json,
        };
        command.SetAction(parsed =>
        {
            Run(parsed.GetValue(target), parsed.GetValue(json));
            return ExitCodes.Success;
        });
        return command;
    }

    private static void Run(string? target, bool json)
    {
        if (target is null)
        {
            Write(json, () => InspectionJson.Presets(), console => InspectionView.Presets(console));
        }
        else if (PresetCatalog.All.Contains(target))
        {
            var preset = PresetCatalog.All[target];
            var counts = ModelInspection.Of(preset.Family, preset.Config, preset.Head);
            Write(json, () => InspectionJson.Preset(preset, counts), console => InspectionView.Preset(console, preset, counts));
        }
        else if (Directory.Exists(target))
        {
            var folder = CheckpointInspection.Of(target);
            Write(json, () => InspectionJson.Folder(folder), console => InspectionView.Folder(console, target, folder));
        }
        else
        {
            throw new BadInputException($"'{target}' is no folder and no preset. Presets: {string.Join(", ", PresetCatalog.All.Names)}.");
        }
    }

    private static void Write(bool json, Func<System.Text.Json.Nodes.JsonObject> data, Action<IAnsiConsole> view)
    {
        if (json)
        {
            Console.WriteLine(data().ToJsonString(InspectionJson.Options));
            return;
        }

        var console = OutputConsole.Create();
        if (!console.Profile.Out.IsTerminal)
        {
            // Lines in a file or a pipe need no wrapping.
            console.Profile.Width = 160;
        }

        view(console);
    }
}
