using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Plinth.Inference.Chat;
using Plinth.Inference.Pipelines;

// Where programs look for registrations.
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Registers models of a folder as clients of .NET's own abstractions. A model is loaded when its client is first asked for, and freed with the container.
/// The builders that come back take what the abstractions bring: <c>UseOpenTelemetry</c>, <c>UseLogging</c>, <c>UseFunctionInvocation</c>.
/// </summary>
public static class PlinthServiceCollectionExtensions
{
    /// <summary>Registers a causal model as the <see cref="IChatClient"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="options">What holds where requests are silent.</param>
    /// <param name="lifetime">How long a client lives; each one holds a model of its own.</param>
    public static ChatClientBuilder AddPlinthChatClient(
        this IServiceCollection services, string folder, ChatPipelineOptions? options = null, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return services.AddChatClient(provider => Chat(provider, folder, options), lifetime);
    }

    /// <summary>Registers a causal model as the <see cref="IChatClient"/> of a key.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key.</param>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="options">What holds where requests are silent.</param>
    /// <param name="lifetime">How long a client lives; each one holds a model of its own.</param>
    public static ChatClientBuilder AddKeyedPlinthChatClient(
        this IServiceCollection services, object? serviceKey, string folder, ChatPipelineOptions? options = null, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return services.AddKeyedChatClient(serviceKey, provider => Chat(provider, folder, options), lifetime);
    }

    /// <summary>Registers a text model as the <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of texts.</summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="options">How vectors are made; null does as a sentence-transformers folder says, and elsewhere takes their mean, normalised.</param>
    /// <param name="lifetime">How long a generator lives; each one holds a model of its own.</param>
    public static EmbeddingGeneratorBuilder<string, Embedding<float>> AddPlinthEmbeddingGenerator(
        this IServiceCollection services, string folder, EmbeddingOptions? options = null, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return services.AddEmbeddingGenerator(provider => Embedding(provider, folder, options), lifetime);
    }

    /// <summary>Registers a text model as the <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of texts of a key.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key.</param>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="options">How vectors are made; null means their mean, normalised.</param>
    /// <param name="lifetime">How long a generator lives; each one holds a model of its own.</param>
    public static EmbeddingGeneratorBuilder<string, Embedding<float>> AddKeyedPlinthEmbeddingGenerator(
        this IServiceCollection services, object? serviceKey, string folder, EmbeddingOptions? options = null, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return services.AddKeyedEmbeddingGenerator(serviceKey, provider => Embedding(provider, folder, options), lifetime);
    }

    /// <summary>Registers a model that sees as the <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of pictures.</summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="options">Limits, and how vectors are made; null takes the defaults.</param>
    /// <param name="lifetime">How long a generator lives; each one holds a model of its own.</param>
    public static EmbeddingGeneratorBuilder<DataContent, Embedding<float>> AddPlinthImageEmbeddingGenerator(
        this IServiceCollection services, string folder, ImageEmbeddingOptions? options = null, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return services.AddEmbeddingGenerator(provider => Images(provider, folder, options), lifetime);
    }

    /// <summary>Registers a model that sees as the <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of pictures of a key.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key.</param>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="options">Limits, and how vectors are made; null takes the defaults.</param>
    /// <param name="lifetime">How long a generator lives; each one holds a model of its own.</param>
    public static EmbeddingGeneratorBuilder<DataContent, Embedding<float>> AddKeyedPlinthImageEmbeddingGenerator(
        this IServiceCollection services, object? serviceKey, string folder, ImageEmbeddingOptions? options = null, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return services.AddKeyedEmbeddingGenerator(serviceKey, provider => Images(provider, folder, options), lifetime);
    }

    private static ImageEmbeddingClient Images(IServiceProvider provider, string folder, ImageEmbeddingOptions? options) =>
        ImageEmbeddingClient.Load(folder, options, logger: provider.GetService<ILoggerFactory>()?.CreateLogger<ImageEmbeddingClient>());

    private static ChatPipeline Chat(IServiceProvider provider, string folder, ChatPipelineOptions? options) =>
        ChatPipeline.Load(folder, options, provider.GetService<ILoggerFactory>()?.CreateLogger<ChatPipeline>());

    private static EmbeddingClient Embedding(IServiceProvider provider, string folder, EmbeddingOptions? options) =>
        EmbeddingClient.Load(folder, options, logger: provider.GetService<ILoggerFactory>()?.CreateLogger<EmbeddingClient>());
}
