using System.CommandLine;
using System.Text;
using System.Text.Json;
using Plinth.Inference.Constraints;
using Plinth.Inference.Pipelines;
using Plinth.Inference.Sampling;
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
        var schema = new Option<string?>("--schema") { Description = "File with a JSON schema: the answer is one document of it, printed alone. Exit code 1 when the tokens run out before it is whole." };
        var command = new Command("generate",
            "Continue a prompt with a causal language model. A folder's generation_config.json is followed where no option is given.\n\n" +
            "Example:  plinth generate runs/quickstart/decoder/checkpoint \"Gets or sets the\" --temperature 0.7\n" +
            "          plinth generate MODEL \"Ada is 36.\\nJSON:\" --schema person.json --max-new-tokens 200")
        {
            model, prompt, tokens, temperature, topK, topP, beams, seed, stop, schema,
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
            options = OfFolder(parsed.GetValue(model)!, options, option => parsed.GetResult(option) is { Implicit: false });
            return Task.FromResult(Run(parsed.GetValue(model)!, text == "-" ? Console.In.ReadToEnd() : text, options, parsed.GetValue(schema), cancellation));
        });
        return command;

        // A folder with a file of its own says how tokens are chosen; what is given on the command line goes before it.
        GenerationOptions OfFolder(string folder, GenerationOptions flags, Func<Option, bool> isGiven)
        {
            if (!GenerationConfigFile.Exists(folder))
            {
                return flags;
            }

            var (drawing, searching) = (isGiven(temperature), isGiven(beams));
            var own = GenerationConfigFile.Read(folder, new() { MaxNewTokens = flags.MaxNewTokens, Seed = flags.Seed, StopStrings = flags.StopStrings });
            return own with
            {
                MaxNewTokens = isGiven(tokens) ? flags.MaxNewTokens : own.MaxNewTokens,
                DoSample = drawing || searching ? flags.DoSample : own.DoSample,
                Temperature = drawing ? flags.Temperature : own.Temperature,
                TopK = isGiven(topK) ? flags.TopK : own.TopK,
                TopP = isGiven(topP) ? flags.TopP : own.TopP,
                NumBeams = searching ? flags.NumBeams : drawing ? 1 : own.NumBeams,
            };
        }
    }

    private static int Run(string folder, string prompt, GenerationOptions options, string? schema, CancellationToken cancellation)
    {
        using var loaded = FolderModel.Load(folder);
        if (schema is not null)
        {
            options = options with { Constraint = new JsonConstraints(loaded.Tokenizer).Of(InputFile.ReadText(schema)) };
        }

        var pipeline = new TextGenerationPipeline(loaded.Model, loaded.Tokenizer);
        if (schema is null)
        {
            Console.Write(prompt);
        }

        var written = new StringBuilder();
        foreach (var piece in options.NumBeams > 1 ? [pipeline.Generate(prompt, options, cancellation)] : pipeline.Stream(prompt, options, cancellation))
        {
            written.Append(piece);
            Console.Write(piece);
        }

        Console.WriteLine();
        if (schema is null || IsJson(written.ToString()))
        {
            return ExitCodes.Success;
        }

        Console.Error.WriteLine($"plinth: the document is not whole after {options.MaxNewTokens} tokens. Allow more with --max-new-tokens.");
        return ExitCodes.Negative;
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
