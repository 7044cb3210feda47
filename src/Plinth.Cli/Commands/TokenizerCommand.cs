using System.CommandLine;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Recipes;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth tokenizer</c>: trains tokenizers and shows what they do.</summary>
internal static class TokenizerCommand
{
    public static Command Create() => new("tokenizer", "Train a tokenizer, encode text, decode ids, measure.") { Train(), Encode(), Decode(), Measure(), TokenizerReportCommand.Create() };

    private static Command Train()
    {
        var data = new Argument<string>("data") { Description = $"Text, JSONL or CSV, file or folder; {CorpusSplit.DotnetDocumentation} is the documentation of the installed SDK." };
        var output = new Argument<string>("output") { Description = "Folder for tokenizer.json." };
        var kind = new Option<TokenizerKind>("--kind") { Description = "What to train.", DefaultValueFactory = _ => TokenizerKind.ByteLevelBpe };
        var size = new Option<int>("--vocabulary-size") { Description = "Entries in the vocabulary.", DefaultValueFactory = _ => 8_192 };
        var lowercase = new Option<bool>("--lowercase") { Description = "Lower-case the text (WordPiece)." };
        var across = new Option<bool>("--across-words") { Description = "Let tokens hold several words of a sentence (byte-level BPE)." };
        var bytes = new Option<bool>("--byte-fallback") { Description = "Write characters that the vocabulary lacks in their bytes (Unigram, BPE)." };
        var coverage = new Option<double?>("--character-coverage") { Description = "Share of the text that the vocabulary's characters make up, 0.9995 where none is given (BPE)." };
        var special = new Option<string[]>("--special") { Description = "A further control token, never cut; may be given several times." };
        var command = new Command("train",
            "Train a tokenizer on text and save it as tokenizer.json.\n\n" +
            "Example:  plinth tokenizer train dotnet-docs runs/tokenizer --kind WordPiece --vocabulary-size 8192\n" +
            "          plinth tokenizer train books runs/tokenizer --kind Unigram --byte-fallback --special \"<|user|>\" --special \"<|assistant|>\"\n" +
            "          plinth tokenizer train books runs/tokenizer --kind Bpe --byte-fallback")
        {
            data, output, kind, size, lowercase, across, bytes, coverage, special,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var text = CorpusSplit.Read(new() { Path = parsed.GetValue(data)!, ValidationShare = 0 });
            var recipe = new TokenizerRecipe
            {
                VocabularySize = parsed.GetValue(size), Lowercase = parsed.GetValue(lowercase), AcrossWords = parsed.GetValue(across),
                ByteFallback = parsed.GetValue(bytes), CharacterCoverage = parsed.GetValue(coverage), Special = parsed.GetValue(special) ?? [],
            };
            var tokenizer = TokenizerSource.Train(parsed.GetValue(kind), recipe, text.Training, null, cancellation);
            Directory.CreateDirectory(parsed.GetValue(output)!);
            tokenizer.Save(parsed.GetValue(output)!);
            var use = new VocabularyUse(tokenizer).Add("beginning", text.Sources[0].Training.Take(1_000), cancellation);
            Console.WriteLine($"{tokenizer.VocabularySize} entries, {(double)use.Bytes / Math.Max(1, use.Tokens):0.00} bytes per token on the first documents{(parsed.GetValue(bytes) ? $", {use.ByteShare:0.00 %} of the tokens through bytes" : "")}, saved in {parsed.GetValue(output)}");
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static Command Measure()
    {
        var path = new Argument<string>("tokenizer") { Description = "Folder or file of a tokenizer." };
        var data = new Argument<string>("data") { Description = "Text, JSONL or CSV, file or folder." };
        var command = new Command("measure",
            "Print how many tokens a tokenizer makes of texts, and how fast.\n\nExample:  plinth tokenizer measure runs/tokenizer held-out.txt")
        {
            path, data,
        };
        command.SetAction(parsed =>
        {
            var tokenizer = TokenizerFiles.Load(parsed.GetValue(path)!);
            // Kept in memory: encoding is measured, not reading.
            List<string> documents = [.. CorpusSplit.Read(new() { Path = parsed.GetValue(data)!, ValidationShare = 0 }).Training];
            var bytes = documents.Sum(document => (long)System.Text.Encoding.UTF8.GetByteCount(document));
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var tokens = documents.Sum(document => (long)tokenizer.EncodeIds(document).Count);
            var seconds = watch.Elapsed.TotalSeconds;
            Console.WriteLine(string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{bytes} bytes, {tokens} tokens: {(double)bytes / Math.Max(1, tokens):0.000} bytes per token, {(double)tokens / Math.Max(1, bytes):0.0000} tokens per byte, {bytes / 1e6 / seconds:0.0} MB/s"));
            return ExitCodes.Success;
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
