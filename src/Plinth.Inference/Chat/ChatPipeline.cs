using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;
using Plinth.Inference.Constraints;
using Plinth.Inference.Pipelines;
using Plinth.Inference.Sampling;
using Plinth.Models;
using SentMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Plinth.Inference.Chat;

/// <summary>
/// A causal model as a chat client of .NET's own abstractions. Requests are served one after the other; a stream holds its place until it is read to its
/// end or left. Every option is honoured, or refused by its name with a <see cref="ClientOptionException"/>.
/// </summary>
public sealed partial class ChatPipeline : IChatClient
{
    /// <summary>The name of the provider in metadata and traces.</summary>
    public const string ProviderName = "plinth";

    private readonly Model model;
    private readonly Tokenizer tokenizer;
    private readonly ChatTemplate template;
    private readonly TokenGenerator generator;
    private readonly GenerationOptions defaults;
    private readonly ChatPipelineOptions options;
    private readonly ChatEnds ends;
    private readonly Lazy<JsonConstraints> constraints;
    private readonly ChatClientMetadata metadata;
    private readonly ILogger logger;
    private readonly SemaphoreSlim gate = new(1, 1);
    private Model? owned;
    private bool isDisposed;

    /// <param name="model">A causal model with the head for the next token; it stays the caller's.</param>
    /// <param name="tokenizer">The tokenizer that it was trained with.</param>
    /// <param name="template">The form of its conversations.</param>
    /// <param name="options">What holds where requests are silent; <see cref="ChatPipelineOptions.Template"/> has precedence over the template.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    /// <exception cref="PlinthException">The model does not predict the next token, or an option is impossible.</exception>
    public ChatPipeline(Model model, Tokenizer tokenizer, ChatTemplate template, ChatPipelineOptions? options = null, ILogger<ChatPipeline>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(template);
        generator = new(model);
        this.options = options ?? new();
        (this.model, this.tokenizer, this.template) = (model, tokenizer, this.options.Template ?? template);
        defaults = this.options.Generation ?? new() { MaxNewTokens = this.options.MaxOutputTokens, DoSample = true, TopK = 0 };
        defaults.Validate(model.Config.VocabSize);
        ends = ChatEnds.Find(model, tokenizer, this.template, defaults.EosTokenIds);
        defaults = defaults with { EosTokenIds = ends.Ids };
        constraints = new(() => new(tokenizer));
        metadata = new(ProviderName, null, this.options.ModelId ?? model.Family.ModelType);
        this.logger = logger ?? NullLogger<ChatPipeline>.Instance;
    }

    /// <summary>The name of the model in answers.</summary>
    public string ModelId => metadata.DefaultModelId!;

    /// <summary>Loads a checkpoint with its tokenizer, its template and its way of choosing tokens; disposing the client frees the model.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="options">What holds where requests are silent.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    /// <exception cref="PlinthException">A file is missing or malformed, the model does not predict the next token, or there is no template and none is given.</exception>
    public static ChatPipeline Load(string folder, ChatPipelineOptions? options = null, ILogger<ChatPipeline>? logger = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        options ??= new();
        var (tokenizer, template) = (TokenizerFiles.Load(folder), options.Template ?? ChatTemplate.Load(folder));
        var plain = new GenerationOptions { MaxNewTokens = options.MaxOutputTokens };
        // What such a file leaves out is as in the reference.
        var generation = options.Generation
            ?? (GenerationConfigFile.Exists(folder) ? GenerationConfigFile.Read(folder, plain) with { MaxNewTokens = plain.MaxNewTokens } : plain with { DoSample = true, TopK = 0 });
        options = options with { Generation = generation, ModelId = options.ModelId ?? Checkpoint.NameOf(folder) };
        var model = Checkpoint.Load(folder, ModelCatalog.Families).Model;
        try
        {
            var client = new ChatPipeline(model, tokenizer, template, options, logger) { owned = model };
            LogLoaded(client.logger, client.ModelId, model.Family.ModelType, folder);
            return client;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    /// <exception cref="ClientOptionException">An option cannot be honoured.</exception>
    /// <exception cref="PlinthException">A message cannot be read, the template refuses the conversation, or it is longer than the model's positions.</exception>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<SentMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc />
    /// <exception cref="ClientOptionException">An option cannot be honoured.</exception>
    /// <exception cref="PlinthException">A message cannot be read, the template refuses the conversation, or it is longer than the model's positions.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<SentMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var request = Prepare(messages, options);
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var answer = new ChatAnswer(this, request);
            while (await ComputeTurn.Run(() => answer.Next(cancellationToken), cancellationToken).ConfigureAwait(false))
            {
                if (answer.Fresh.Length > 0)
                {
                    yield return answer.Update(new TextContent(answer.Fresh));
                }
            }

            foreach (var content in answer.Last())
            {
                yield return answer.Update(content);
            }

            LogAnswered(logger, ModelId, answer.Usage.InputTokenCount ?? 0, answer.Usage.OutputTokenCount ?? 0, answer.Reason.Value);
            var end = answer.Update(new UsageContent(answer.Usage));
            end.FinishReason = answer.Reason;
            yield return end;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null) => ClientServices.Find(this, metadata, serviceType, serviceKey);

    /// <inheritdoc />
    public void Dispose()
    {
        if (!isDisposed)
        {
            isDisposed = true;
            // A stream that is not read to its end finds the client disposed.
            ComputeTurn.Take(() => owned?.Dispose());
        }
    }

    private ChatRequest Prepare(IEnumerable<SentMessage> messages, ChatOptions? options)
    {
        var chosen = ChatOptionReader.Read(options, this, defaults, ModelId, () => constraints.Value);
        chosen = chosen with { EosTokenIds = chosen.EosTokenIds ?? ends.Ids, StopStrings = [.. chosen.StopStrings.Union(ends.Texts)] };
        var tools = ChatTools.Of(options);
        var conversation = ConversationReader.Read(messages, options?.Instructions) with { Variables = ChatOptionReader.Variables(options, this.options.TemplateVariables) };
        var prompt = template.Render(conversation, addsPrompt: true).Text;
        foreach (var message in conversation.Messages.Where(message => message.Role is "system" or "user" && message.Text is not null))
        {
            if (!prompt.Contains(message.Text!.Trim(), StringComparison.Ordinal))
            {
                throw new PlinthException($"The chat template of '{ModelId}' leaves a {message.Role} message out, so the model would not see it. Send another kind of message, or give a template that shows it.");
            }
        }

        return tools is null ? new(prompt, chosen) : WithTools(tools, conversation, prompt, chosen, options!);
    }

    private ChatRequest WithTools(ChatTools tools, ChatConversation conversation, string plainPrompt, GenerationOptions chosen, ChatOptions options)
    {
        var schemas = tools.Schemas;
        var prompt = template.Render(conversation with { Tools = schemas }, addsPrompt: true).Text;
        ChatOptionReader.Require(prompt != plainPrompt, nameof(options.Tools), $"the chat template of '{ModelId}' shows no tools to the model.");
        var form = ToolCallForm.Find(template, schemas);
        ChatOptionReader.Require(form is not null, nameof(options.Tools), $"the chat template of '{ModelId}' does not write calls as JSON, so they could not be read.");
        var request = new ChatRequest(prompt, chosen) { Tools = new(form!, tools.Names), IsSingleCall = options.AllowMultipleToolCalls == false };
        return options.ToolMode is not RequiredChatToolMode required
            ? request
            : request with
            {
                Prompt = prompt + form!.Lead,
                Begun = form.Lead,
                Options = chosen with { Constraint = constraints.Value.Of(form.Schema(tools.Required(required))) },
            };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Loaded the chat model {ModelId} ({ModelType}) from {Folder}")]
    private static partial void LogLoaded(ILogger logger, string modelId, string modelType, string folder);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{ModelId} read {InputTokens} tokens and wrote {OutputTokens}: {Reason}")]
    private static partial void LogAnswered(ILogger logger, string modelId, long inputTokens, long outputTokens, string reason);

    /// <summary>An answer that grows.</summary>
    private sealed class ChatAnswer : IDisposable
    {
        private readonly ChatPipeline owner;
        private readonly ChatRequest request;
        private readonly IReadOnlyList<int> prompt;
        private readonly TextStream text;
        private readonly string responseId = Guid.NewGuid().ToString("N"), messageId = Guid.NewGuid().ToString("N");
        private readonly DateTimeOffset createdAt;
        private TokenRun? tokens;
        private int count;
        private bool hasCalls;

        public ChatAnswer(ChatPipeline owner, ChatRequest request)
        {
            (this.owner, this.request) = (owner, request);
            prompt = owner.tokenizer.EncodeIds(request.Prompt);
            // Marks of calls may be control tokens.
            text = new(owner.tokenizer, prompt, request.Options, skipSpecial: request.Tools is null);
            createdAt = (owner.options.Time ?? TimeProvider.System).GetUtcNow();
            request.Tools?.Append(request.Begun);
        }

        /// <summary>The text that the last step brought.</summary>
        public string Fresh { get; private set; } = "";

        public UsageDetails Usage => new() { InputTokenCount = prompt.Count, OutputTokenCount = count, TotalTokenCount = prompt.Count + count };

        public ChatFinishReason Reason => hasCalls ? ChatFinishReason.ToolCalls
            : tokens?.FinishReason is FinishReason.MaxNewTokens or FinishReason.ContextLimit ? ChatFinishReason.Length
            : ChatFinishReason.Stop;

        /// <summary>Makes a token; false when the answer is over.</summary>
        public bool Next(CancellationToken cancellation)
        {
            ObjectDisposedException.ThrowIf(owner.isDisposed, owner);
            Fresh = "";
            tokens ??= owner.generator.Begin(prompt, request.Options);
            if (tokens.Next(cancellation) is not { } id)
            {
                return false;
            }

            count++;
            if (tokens.FinishReason != FinishReason.EndToken)
            {
                Show(text.Append(id));
            }

            if (text.IsStopped || (request.IsSingleCall && request.Tools!.HasCall))
            {
                tokens.Stop();
            }

            return true;
        }

        /// <summary>What was held back until the answer was over.</summary>
        public List<AIContent> Last()
        {
            Show(text.Flush());
            if (request.Tools?.Finish() is not var (calls, rest))
            {
                return Fresh.Length > 0 ? [new TextContent(Fresh)] : [];
            }

            hasCalls = calls.Count > 0;
            List<AIContent> contents = [];
            if (Fresh.Length + rest.Length > 0)
            {
                contents.Add(new TextContent(Fresh + rest));
            }

            foreach (var call in calls)
            {
                contents.Add(new FunctionCallContent($"call_{Guid.NewGuid():N}", call.Name, call.Arguments.EnumerateObject().ToDictionary(member => member.Name, member => (object?)member.Value.Clone())));
            }

            return contents;
        }

        public ChatResponseUpdate Update(AIContent content) => new(ChatRole.Assistant, [content])
        {
            ResponseId = responseId, MessageId = messageId, ModelId = owner.ModelId, CreatedAt = createdAt,
        };

        public void Dispose() => tokens?.Dispose();

        private void Show(string piece) => Fresh = request.Tools is { } tools ? tools.Append(piece) : piece;
    }
}
