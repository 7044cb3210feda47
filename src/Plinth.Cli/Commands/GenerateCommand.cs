using System.CommandLine;
using Plinth.Core.Checkpoints;
using Plinth.Inference.Pipelines;
using Plinth.Inference.Sampling;
using Plinth.Layers.Adapters;
using Plinth.Models;
using Plinth.Recipes;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth generate</c>: a prompt in, its continuation out, as it is made.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Model("Folder of a causal language model, or of an adapter for one.");
        var prompt = new Argument<string>("prompt") { Description = "The text to continue; - reads it from standard input.", Arity = ArgumentArity.ZeroOrOne };
        var tokens = new Option<int>("--max-new-tokens") { Description = "Most tokens to make.", DefaultValueFactory = _ => 64 };
        var temperature = new Option<double>("--temperature") { Description = "0 takes the most probable token; 1 draws by the model's own probabilities.", DefaultValueFactory = _ => 0.8 };
        var topK = new Option<int>("--top-k") { Description = "Draw among so many most probable tokens; 0 among all.", DefaultValueFactory = _ => 40 };
        var topP = new Option<double>("--top-p") { Description = "Draw among the fewest tokens that reach this probability.", DefaultValueFactory = _ => 1 };
        var beams = new Option<int>("--beams") { Description = "Search with so many beams instead of drawing.", DefaultValueFactory = _ => 1 };
        var seed = new Option<int>("--seed") { Description = "Where chance comes from.", DefaultValueFactory = _ => 1 };
        var stop = new Option<string[]>("--stop") { Description = "Text that ends the answer; may be given several times." };
        var command = new Command("generate",
            "Continue a prompt with a causal language model.\n\n" +
            "Example:  plinth generate runs/quickstart/decoder/checkpoint \"Gets or sets the\" --temperature 0.7")
        {
            model, prompt, tokens, temperature, topK, topP, beams, seed, stop,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var text = parsed.GetValue(prompt) ?? "";
            var heat = parsed.GetValue(temperature);
            var isSampling = heat > 0 && parsed.GetValue(beams) == 1;
            var options = new GenerationOptions
            {
                MaxNewTokens = parsed.GetValue(tokens),
                DoSample = isSampling,
                Temperature = isSampling ? heat : 1,
                TopK = parsed.GetValue(topK),
                TopP = parsed.GetValue(topP),
                NumBeams = parsed.GetValue(beams),
                Seed = parsed.GetValue(seed),
                StopStrings = parsed.GetValue(stop) ?? [],
            };
            return Task.FromResult(Run(parsed.GetValue(model)!, text == "-" ? Console.In.ReadToEnd() : text, options, cancellation));
        });
        return command;
    }

    private static int Run(string folder, string prompt, GenerationOptions options, CancellationToken cancellation)
    {
        var baseFolder = AdapterFiles.IsAdapter(folder) ? TaskModel.BaseOf(folder) : folder;
        using var model = Checkpoint.Load(baseFolder, ModelCatalog.Families).Model;
        using var adapters = AdapterFiles.IsAdapter(folder) ? AdapterFiles.Load(folder, model) : null;
        adapters?.Activate();
        var pipeline = new TextGenerationPipeline(model, Data.Text.TokenizerFiles.Load(baseFolder));
        Console.Write(prompt);
        if (options.NumBeams > 1)
        {
            Console.Write(pipeline.Generate(prompt, options, cancellation));
        }
        else
        {
            foreach (var piece in pipeline.Stream(prompt, options, cancellation))
            {
                Console.Write(piece);
            }
        }

        Console.WriteLine();
        return ExitCodes.Success;
    }
}
