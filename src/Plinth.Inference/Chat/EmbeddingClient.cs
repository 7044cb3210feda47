using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Inference.Pipelines;
using Plinth.Models;

namespace Plinth.Inference.Chat;

/// <summary>
/// A text model as an embedding generator of .NET's own abstractions. Requests are served one after the other. Every option is honoured, or refused by its
/// name with a <see cref="ClientOptionException"/>.
/// </summary>
public sealed partial class EmbeddingClient : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly EmbeddingPipeline pipeline;
    private readonly Func<string, int> countTokens;
    private readonly EmbeddingGeneratorMetadata metadata;
    private readonly ILogger logger;
    private Model? owned;
    private bool isDisposed;

    /// <param name="model">Any text model; its head is not used, and it stays the caller's.</param>
    /// <param name="tokenizer">The tokenizer that it was trained with.</param>
    /// <param name="options">How vectors are made; null means their mean, normalised.</param>
    /// <param name="modelId">The name that answers carry and requests may ask for; null takes the architecture's.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    /// <exception cref="PlinthException">An option is impossible.</exception>
    public EmbeddingClient(Model model, Tokenizer tokenizer, EmbeddingOptions? options = null, string? modelId = null, ILogger<EmbeddingClient>? logger = null)
        : this(model, tokenizer, new EmbeddingPipeline(model, tokenizer, options), modelId, logger)
    {
    }

    private EmbeddingClient(Model model, Tokenizer tokenizer, EmbeddingPipeline pipeline, string? modelId, ILogger<EmbeddingClient>? logger)
    {
        this.pipeline = pipeline;
        countTokens = text => Math.Min(tokenizer.EncodeIds(text, addSpecial: true).Count, pipeline.MaximumLength);
        metadata = new(ChatPipeline.ProviderName, null, modelId ?? model.Family.ModelType, pipeline.Size);
        this.logger = logger ?? NullLogger<EmbeddingClient>.Instance;
    }

    /// <summary>The name of the model in answers.</summary>
    public string ModelId => metadata.DefaultModelId!;

    /// <summary>Loads a checkpoint with its tokenizer; disposing the client frees the model.</summary>
    /// <param name="folder">The checkpoint, or a folder of sentence-transformers.</param>
    /// <param name="options">How vectors are made; null does as a sentence-transformers folder says, and elsewhere takes their mean, normalised.</param>
    /// <param name="modelId">The name that answers carry; null takes the folder's.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    /// <exception cref="PlinthException">A file is missing or malformed, or an option is impossible.</exception>
    public static EmbeddingClient Load(string folder, EmbeddingOptions? options = null, string? modelId = null, ILogger<EmbeddingClient>? logger = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        var modules = SentenceModules.Of(folder);
        var tokenizer = TokenizerFiles.Load(modules.ModelFolder);
        var model = Checkpoint.Load(modules.ModelFolder, ModelCatalog.Families, new() { Head = HeadKind.None }).Model;
        try
        {
            var pipeline = options is null ? new EmbeddingPipeline(model, tokenizer, modules) : new(model, tokenizer, options);
            var client = new EmbeddingClient(model, tokenizer, pipeline, modelId ?? Checkpoint.NameOf(folder), logger) { owned = model };
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
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        ArgumentNullException.ThrowIfNull(values);
        EmbeddingOptionReader.Check(options, ModelId, pipeline.Size);
        string[] texts = [.. values];
        var (vectors, count) = await ComputeTurn.Run(
            () =>
            {
                ObjectDisposedException.ThrowIf(isDisposed, this);
                return (pipeline.Embed(texts, cancellationToken), texts.Sum(countTokens));
            },
            cancellationToken).ConfigureAwait(false);
        var now = DateTimeOffset.UtcNow;
        return new(vectors.Select(vector => new Embedding<float>(vector) { ModelId = ModelId, CreatedAt = now }))
        {
            Usage = new() { InputTokenCount = count, TotalTokenCount = count },
        };
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null) => ClientServices.Find(this, metadata, serviceType, serviceKey);

    /// <inheritdoc />
    public void Dispose()
    {
        if (!isDisposed)
        {
            isDisposed = true;
            ComputeTurn.Take(() =>
            {
                pipeline.Dispose();
                owned?.Dispose();
            });
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Loaded the embedding model {ModelId} ({ModelType}) from {Folder}")]
    private static partial void LogLoaded(ILogger logger, string modelId, string modelType, string folder);
}
