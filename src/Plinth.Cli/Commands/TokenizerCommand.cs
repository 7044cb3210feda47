using System.CommandLine;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Recipes;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth tokenizer</c>: trains tokenizers and shows what they do.</summary>
internal static class TokenizerCommand
{
    public static Command Create() => new("tokenizer", "Train a tokenizer, encode text, decode ids.") { Train(), Encode(), Decode() };

    private static Command Train()
    {
        var data = new Argument<string>("data") { Description = $"Text, JSONL or CSV, file or folder; {CorpusSplit.DotnetDocumentation} is the documentation of the installed SDK." };
        var output = new Argument<string>("output") { Description = "Folder for tokenizer.json." };
        var kind = new Option<TokenizerKind>("--kind") { Description = "What to train.", DefaultValueFactory = _ => TokenizerKind.ByteLevelBpe };
        var size = new Option<int>("--vocabulary-size") { Description = "Entries in the vocabulary.", DefaultValueFactory = _ => 8_192 };
        var lowercase = new Option<bool>("--lowercase") { Description = "Lower-case the text (WordPiece)." };
        var command = new Command("train",
            "Train a tokenizer on text and save it as tokenizer.json.\n\n" +
            "Example:  plinth tokenizer train dotnet-docs runs/tokenizer --kind WordPiece --vocabulary-size 8192")
        {
            data, output, kind, size, lowercase,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var text = CorpusSplit.Read(new() { Path = parsed.GetValue(data)!, ValidationShare = 0 });
            var recipe = new TokenizerRecipe { VocabularySize = parsed.GetValue(size), Lowercase = parsed.GetValue(lowercase) };
            var tokenizer = TokenizerSource.Train(parsed.GetValue(kind), recipe, text.Training, null, cancellation);
            Directory.CreateDirectory(parsed.GetValue(output)!);
            tokenizer.Save(parsed.GetValue(output)!);
            var bytes = text.Training.Take(1_000).Sum(document => (long)System.Text.Encoding.UTF8.GetByteCount(document));
            var tokens = text.Training.Take(1_000).Sum(document => (long)tokenizer.EncodeIds(document).Count);
            Console.WriteLine($"{tokenizer.VocabularySize} entries, {(double)bytes / Math.Max(1, tokens):0.00} bytes per token on the first documents, saved in {parsed.GetValue(output)}");
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static Command Encode()
    {
        var path = new Argument<string>("tokenizer") { Description = "Folder or file of a tokenizer." };
        var text = new Argument<string>("text") { Description = "The text; - reads standard input." };
        var tokens = new Option<bool>("--tokens") { Description = "Print each id with its token and place." };
        var command = new Command("encode",
            "Print the ids of a text.\n\nExample:  plinth tokenizer encode runs/quickstart/encoder/checkpoint \"Hello, world!\" --tokens")
        {
            path, text, tokens,
        };
        command.SetAction(parsed =>
        {
            var tokenizer = TokenizerFiles.Load(parsed.GetValue(path)!);
            var given = parsed.GetValue(text)!;
            var encoding = tokenizer.Encode(given == "-" ? Console.In.ReadToEnd() : given);
            if (parsed.GetValue(tokens))
            {
                for (var i = 0; i < encoding.Count; i++)
                {
                    Console.WriteLine($"{encoding.Ids[i],7}  {tokenizer.TokenOf(encoding.Ids[i]),-20}  {encoding.Spans[i].Start}-{encoding.Spans[i].End}");
                }
            }
            else
            {
                Console.WriteLine(string.Join(' ', encoding.Ids));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Decode()
    {
        var path = new Argument<string>("tokenizer") { Description = "Folder or file of a tokenizer." };
        var ids = new Argument<int[]>("ids") { Description = "Token ids.", Arity = ArgumentArity.OneOrMore };
        var special = new Option<bool>("--special") { Description = "Show control tokens too." };
        var command = new Command("decode", "Print the text of ids.\n\nExample:  plinth tokenizer decode runs/quickstart/decoder/checkpoint 318 12 845")
        {
            path, ids, special,
        };
        command.SetAction(parsed =>
        {
            var tokenizer = TokenizerFiles.Load(parsed.GetValue(path)!);
            var given = parsed.GetValue(ids)!;
            if (given.FirstOrDefault(id => tokenizer.TokenOf(id) is null, -1) is var bad && (bad != -1 || given.Contains(-1)))
            {
                throw new BadInputException($"There is no token with the id {bad}; this tokenizer has {tokenizer.VocabularySize}.");
            }

            Console.WriteLine(tokenizer.Decode(given, skipSpecial: !parsed.GetValue(special)));
            return ExitCodes.Success;
        });
        return command;
    }
}
