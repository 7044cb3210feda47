using System.CommandLine;
using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth data draw</c>: pictures with labels, captions, boxes and questions, without a download.</summary>
internal static class DataDrawCommand
{
    private const int Most = 1_000_000;

    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Where to; it must not exist yet, or be empty." };
        var count = new Option<int>("--count", "-n") { Description = "Pictures of the training part; the other two have a tenth of it.", DefaultValueFactory = _ => 1_000 };
        var side = new Option<int>("--side") { Description = "Rows and columns of a picture, 24 to 1024.", DefaultValueFactory = _ => 64 };
        var seed = new Option<long>("--seed") { Description = "The same number draws the same pictures." };
        var command = new Command("draw",
            "Draw simple scenes: shapes with class, captions, boxes, questions and answers, in class folders with a table of everything else.\n\n" +
            "Example:  plinth data draw runs/scenes --count 2000\n" +
            "          plinth finetune recipes/images/smoke-scenes.yaml data.train=runs/scenes/train data.test=runs/scenes/test")
        {
            folder, count, side, seed,
        };
        command.SetAction(parsed =>
        {
            var (pictures, size) = (parsed.GetValue(count), parsed.GetValue(side));
            if (pictures is < 1 or > Most || size is < 24 or > 1024)
            {
                throw new BadInputException($"--count {pictures} must be 1 to {Most:N0}, and --side {size} 24 to 1024.");
            }

            var held = Math.Max(1, pictures / 10);
            new DrawnScenes(new() { Side = size, Seed = unchecked((ulong)parsed.GetValue(seed)) }).Write(
                parsed.GetValue(folder)!, new Dictionary<SceneSplit, int> { [SceneSplit.Train] = pictures, [SceneSplit.Validation] = held, [SceneSplit.Test] = held });
            Console.WriteLine($"{pictures + (2 * held):N0} pictures in {parsed.GetValue(folder)}: train, validation and test.");
            return ExitCodes.Success;
        });
        return command;
    }
}
