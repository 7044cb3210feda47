using System.CommandLine;
using Plinth.Cli.Display;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Inspection;
using Spectre.Console;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth data inspect</c>: what a model sees of text or conversations, what it is trained on, and what is wrong with them.</summary>
internal static class DataInspectCommand
{
    public static Command Create()
    {
        var recipe = new Argument<string?>("recipe") { Description = "A pre-training recipe (YAML) whose text is shown.", Arity = ArgumentArity.ZeroOrOne };
        var overrides = CommonOptions.Overrides();
        var template = new Option<string?>("--template") { Description = "Folder of a checkpoint or a tokenizer with a chat template, for conversations." };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "Folder or file of a tokenizer, for text without a recipe." };
        var data = new Option<string?>("--data") { Description = "Conversations, one a line: {\"messages\": [...], \"tools\": [...]} (JSONL); with --tokenizer text, JSONL or CSV." };
        var length = new Option<int?>("--maximum-length") { Description = "Longest sample in tokens, as in the recipe." };
        var special = new Option<bool>("--add-special") { Description = "Let the tokenizer add its own special tokens to the template's." };
        var count = new Option<int>("--count") { Description = "How many conversations or documents to show; all are checked.", DefaultValueFactory = _ => 3 };
        var batch = new Option<long>("--batch") { Description = "Number of the batch to show, from 0." };
        var token = new Option<long?>("--token") { Description = "Also tell where this token of the text comes from, counted from 0." };
        var command = new Command("inspect",
            "Show exactly what a model sees of text or conversations, coloured by what it is trained on, and refuse what would spoil training.\n\n" +
            "Example:  plinth data inspect recipes/text/smoke-bert.yaml --batch 7\n" +
            "          plinth data inspect --tokenizer models/gpt2 --data books --token 123456\n" +
            "          plinth data inspect --template models/phi3 --data chats.jsonl\n\n" +
            "A recipe's tokenizer and encoded text are kept in the folder of its run, which finds them there.\n" +
            "Exit code 1 when a conversation has a fault, one line for each.")
        {
            recipe, overrides, template, tokenizer, data, length, special, count, batch, token,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var console = OutputConsole.Create();
            var look = new CorpusLook(parsed.GetValue(count), parsed.GetValue(batch), parsed.GetValue(token));
            return Task.FromResult((parsed.GetValue(recipe), parsed.GetValue(template), parsed.GetValue(tokenizer), parsed.GetValue(data)) switch
            {
                ({ } path, null, null, null) => Corpus(console, RecipeReader.Read<PretrainingRecipe>(path, parsed.GetValue(overrides) ?? []), look, cancellation),
                (null, null, { } folder, { } text) => Corpus(console, folder, text, parsed.GetValue(length), look, cancellation),
                (null, { } folder, null, { } chats) => Conversations(
                    console, folder, chats, new() { MaximumLength = parsed.GetValue(length), AddsSpecialTokens = parsed.GetValue(special) }, parsed.GetValue(count), cancellation),
                _ => throw new RecipeException("Name either a recipe, or --tokenizer and --data for text, or --template and --data for conversations."),
            });
        });
        return command;
    }

    // What a model of the usual kind for the tokenizer would see: hidden tokens where it has a mask, else the next token.
    private static int Corpus(IAnsiConsole console, string tokenizer, string text, int? length, CorpusLook look, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("plinth-inspect-").FullName;
        try
        {
            return Corpus(console, new()
            {
                Name = "inspect",
                Folder = folder,
                Model = new() { Family = TokenizerFiles.Load(tokenizer).MaskId is null ? "gpt2" : "bert", MaximumLength = length ?? new ModelRecipe().MaximumLength },
                Tokenizer = new() { Path = tokenizer },
                Data = new() { Path = text, ValidationShare = 0 },
            }, look, cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Corpus(IAnsiConsole console, PretrainingRecipe recipe, CorpusLook look, CancellationToken cancellation)
    {
        using var corpus = CorpusInspection.Of(recipe, cancellation);
        var view = new CorpusView(console, corpus.Tokenizer);
        view.Write(corpus.Sources(cancellation), corpus.Packing());
        foreach (var (name, store) in corpus.Stores)
        {
            for (var document = 0; document < Math.Min(look.Documents, store.DocumentCount); document++)
            {
                view.Write(name, store, document);
            }
        }

        view.Write(corpus.Batch(look.Batch), look.Batch);
        if (look.Token is { } token)
        {
            // Sources are counted one after the other.
            foreach (var (name, store) in corpus.Stores)
            {
                if (token >= 0 && token < store.TokenCount)
                {
                    view.Write(name, store, token);
                    return ExitCodes.Success;
                }

                token -= store.TokenCount;
            }

            throw new BadInputException($"There is no token {look.Token}; the text has {corpus.Stores.Sum(entry => entry.Store.TokenCount)}, counted from 0.");
        }

        return ExitCodes.Success;
    }

    private static int Conversations(IAnsiConsole console, string template, string data, ChatEncodingOptions options, int count, CancellationToken cancellation)
    {
        var encoder = new ChatEncoder(ChatTemplate.Load(template), TokenizerFiles.Load(template), options);
        var linter = new ChatLinter(encoder);
        var (conversations, tokens, targets) = (0, 0L, 0L);
        List<ChatFinding> findings = [];
        foreach (var conversation in ChatFiles.Read(data))
        {
            cancellation.ThrowIfCancellationRequested();
            var chat = encoder.Encode(conversation);
            if (conversations++ < count)
            {
                ChatView.Write(console, chat, encoder.Tokenizer);
            }

            tokens += chat.Ids.Count;
            targets += chat.TargetCount;
            findings.AddRange(linter.Lint(chat));
        }

        Console.WriteLine($"{conversations:N0} conversations, {tokens:N0} tokens, {targets:N0} of them trained on ({(tokens == 0 ? 0 : 100.0 * targets / tokens):0.0} %).");
        foreach (var finding in findings)
        {
            Console.WriteLine($"{finding.Fault}: {finding.Text}");
        }

        return findings.Count == 0 ? ExitCodes.Success : ExitCodes.Negative;
    }

    /// <summary>What of a text is shown.</summary>
    /// <param name="Documents">Documents of each source.</param>
    /// <param name="Batch">Number of the batch.</param>
    /// <param name="Token">A token to find, or null.</param>
    private sealed record CorpusLook(int Documents, long Batch, long? Token);
}
