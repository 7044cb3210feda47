using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Plinth.Core;
using Plinth.Data.Text.Chat;
using Plinth.Inference.Chat;
using Plinth.Recipes;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth chat</c>: a conversation with a model, or one answer.</summary>
internal static class ChatCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Model("Folder of a chat model with its template, or of an adapter for one.");
        var message = new Option<string?>("--message") { Description = "Ask this, print the answer and end; - reads it from standard input." };
        var system = new Option<string?>("--system") { Description = "What the model is told beforehand." };
        var template = new Option<string?>("--template") { Description = "File (.jinja) or folder with the form of conversations, for a model that brings none." };
        var schema = new Option<string?>("--schema") { Description = "File with a JSON schema that each answer keeps." };
        var tokens = new Option<int?>("--max-new-tokens") { Description = "Most tokens of an answer." };
        var temperature = new Option<float?>("--temperature") { Description = "0 takes the most probable token; left out, the model's own setting." };
        var seed = new Option<long?>("--seed") { Description = "Where chance comes from." };
        var command = new Command("chat",
            "Talk with a chat model. Ctrl-C stops an answer; an empty line or the end of the input ends the conversation.\n\n" +
            "Example:  plinth chat models/phi3 --message \"Why is the sky blue?\" --max-new-tokens 100")
        {
            model, message, system, template, schema, tokens, temperature, seed,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var asked = parsed.GetValue(message);
            var options = new ChatOptions
            {
                MaxOutputTokens = parsed.GetValue(tokens),
                Temperature = parsed.GetValue(temperature),
                Seed = parsed.GetValue(seed),
                Instructions = parsed.GetValue(system),
                ResponseFormat = parsed.GetValue(schema) is { } file ? ChatResponseFormat.ForJsonSchema(Schema(file)) : null,
            };
            var form = parsed.GetValue(template) is { } path ? ChatTemplate.Load(path) : null;
            using var client = ChatFolder.Load(parsed.GetValue(model)!, form);
            return asked is null
                ? await ConverseAsync(client, options)
                : await AnswerAsync(client, [new(ChatRole.User, asked == "-" ? await Console.In.ReadToEndAsync(cancellation) : asked)], options, cancellation) is { } reason && reason == ChatFinishReason.Length && options.ResponseFormat is not null
                    ? ExitCodes.Negative
                    : ExitCodes.Success;
        });
        return command;
    }

    /// <exception cref="BadInputException">The file is missing, too large or not JSON.</exception>
    internal static JsonElement Schema(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(InputFile.ReadText(file));
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new BadInputException($"{file} is not JSON: {error.Message}", error);
        }
    }

    private static async Task<int> ConverseAsync(IChatClient client, ChatOptions options)
    {
        List<ChatMessage> messages = [];
        CancellationTokenSource? answering = null;
        void Interrupt(object? sender, ConsoleCancelEventArgs pressed)
        {
            // While the model answers, Ctrl-C ends the answer; at the prompt it ends the program.
            pressed.Cancel = answering is not null;
            answering?.Cancel();
        }

        Console.CancelKeyPress += Interrupt;
        try
        {
            while (true)
            {
                if (!Console.IsInputRedirected)
                {
                    Console.Write("> ");
                }

                if (Console.ReadLine() is not { Length: > 0 } line)
                {
                    return ExitCodes.Success;
                }

                messages.Add(new(ChatRole.User, line));
                using var source = new CancellationTokenSource();
                answering = source;
                try
                {
                    await AnswerAsync(client, messages, options, source.Token);
                }
                catch (OperationCanceledException) when (source.IsCancellationRequested)
                {
                    Console.WriteLine();
                }
                finally
                {
                    answering = null;
                }
            }
        }
        finally
        {
            Console.CancelKeyPress -= Interrupt;
        }
    }

    /// <summary>Prints an answer as it comes, and adds it to the messages, also when it is stopped.</summary>
    private static async Task<ChatFinishReason?> AnswerAsync(IChatClient client, List<ChatMessage> messages, ChatOptions options, CancellationToken cancellation)
    {
        List<ChatResponseUpdate> updates = [];
        try
        {
            await foreach (var update in client.GetStreamingResponseAsync(messages, options, cancellation))
            {
                updates.Add(update);
                Console.Write(update.Text);
            }
        }
        finally
        {
            messages.AddMessages(updates);
        }

        Console.WriteLine();
        return updates[^1].FinishReason;
    }

    /// <summary>A chat client over a checkpoint, or over an adapter with the checkpoint it names.</summary>
    private sealed class ChatFolder(FolderModel folder, ChatPipeline inner) : DelegatingChatClient(inner)
    {
        public static IChatClient Load(string path, ChatTemplate? template)
        {
            if (!Plinth.Layers.Adapters.AdapterFiles.IsAdapter(path))
            {
                return ChatPipeline.Load(path, new() { Template = template });
            }

            var folder = FolderModel.Load(path);
            try
            {
                return new ChatFolder(folder, new(folder.Model, folder.Tokenizer, template ?? ChatTemplate.Load(folder.BaseFolder)));
            }
            catch
            {
                folder.Dispose();
                throw;
            }
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing)
            {
                folder.Dispose();
            }
        }
    }
}
