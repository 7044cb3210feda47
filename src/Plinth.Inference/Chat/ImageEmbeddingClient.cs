using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Vision;
using Plinth.Inference.Vision;
using Plinth.Models;

namespace Plinth.Inference.Chat;

/// <summary>How a client makes vectors of pictures, and what it refuses.</summary>
public sealed record ImageEmbeddingOptions
{
    /// <summary>What stands for a picture; null takes the class token where there is one, else the mean.</summary>
    public ImagePooling? Pooling { get; init; }

    /// <summary>Limits of one picture, checked before it is decoded.</summary>
    public ImageDecodingOptions Decoding { get; init; } = new();

    /// <summary>Most bytes of all pictures of one request.</summary>
    public long MaxRequestBytes { get; init; } = 256 << 20;
}

/// <summary>
/// A model that sees as an embedding generator of .NET's own abstractions. What a picture is, its bytes say; a media type that claims another thing is
/// refused. Every option is honoured, or refused by its name with a <see cref="ClientOptionException"/>.
/// </summary>
public sealed partial class ImageEmbeddingClient : IEmbeddingGenerator<DataContent, Embedding<float>>
{
    private readonly ImageEmbeddingPipeline pipeline;
    private readonly ImageEmbeddingOptions options;
    private readonly EmbeddingGeneratorMetadata metadata;
    private readonly int size;
    private Model? owned;
    private bool isDisposed;

    /// <param name="model">A model that sees; it stays the caller's.</param>
    /// <param name="processor">Its image processor.</param>
    /// <param name="options">Limits, and how vectors are made; null takes the defaults.</param>
    /// <param name="modelId">The name that answers carry and requests may ask for; null takes the architecture's.</param>
    /// <exception cref="PlinthException">The model sees no pictures, or an option is impossible.</exception>
    public ImageEmbeddingClient(Model model, ImageProcessor processor, ImageEmbeddingOptions? options = null, string? modelId = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.options = options ?? new();
        pipeline = new(model, processor, this.options.Pooling);
        // The width is that of whatever the head makes, which one black picture shows.
        size = ComputeTurn.Take(() => pipeline.Embed([ImageSource.Of(new RgbImage(32, 32))])[0].Length);
        metadata = new(ChatPipeline.ProviderName, null, modelId ?? model.Family.ModelType, size);
    }

    /// <summary>The name of the model in answers.</summary>
    public string ModelId => metadata.DefaultModelId!;

    /// <summary>Loads a checkpoint with its image processor; disposing the client frees the model.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="options">Limits, and how vectors are made; null takes the defaults.</param>
    /// <param name="modelId">The name that answers carry; null takes the folder's.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    /// <exception cref="PlinthException">A file is missing or malformed, or an option is impossible.</exception>
    public static ImageEmbeddingClient Load(string folder, ImageEmbeddingOptions? options = null, string? modelId = null, ILogger<ImageEmbeddingClient>? logger = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        var heads = Checkpoint.ReadConfig(folder, ModelCatalog.Families).Family.Architectures;
        var processor = ImageProcessor.Load(folder);
        var model = Checkpoint.Load(folder, ModelCatalog.Families, new() { Head = ImageEmbeddingPipeline.HeadFor(heads) }).Model;
        try
        {
            var client = new ImageEmbeddingClient(model, processor, options, modelId ?? Checkpoint.NameOf(folder)) { owned = model };
            LogLoaded(logger ?? NullLogger<ImageEmbeddingClient>.Instance, client.ModelId, model.Family.ModelType, folder);
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
    /// <exception cref="BadInputException">A content is no picture, not what its media type says, or beyond a limit.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        ArgumentNullException.ThrowIfNull(values);
        EmbeddingOptionReader.Check(options, ModelId, size);
        var pictures = Pictures(values);
        var vectors = await ComputeTurn.Run(
            () =>
            {
                ObjectDisposedException.ThrowIf(isDisposed, this);
                return pipeline.Embed(pictures, cancellationToken);
            },
            cancellationToken).ConfigureAwait(false);
        var now = DateTimeOffset.UtcNow;
        return new(vectors.Select(vector => new Embedding<float>(vector) { ModelId = ModelId, CreatedAt = now }));
    }

    /// <inheritdoc />
    public object? GetService(Type serviceType, object? serviceKey = null) => ClientServices.Find(this, metadata, serviceType, serviceKey);

    /// <inheritdoc />
    public void Dispose()
    {
        if (!isDisposed)
        {
            isDisposed = true;
            ComputeTurn.Take(() => owned?.Dispose());
        }
    }

    private List<ImageSource> Pictures(IEnumerable<DataContent> values)
    {
        List<ImageSource> pictures = [];
        var bytes = 0L;
        foreach (var value in values)
        {
            var name = $"picture {pictures.Count}";
            bytes += value.Data.Length;
            if (bytes > options.MaxRequestBytes)
            {
                throw new BadInputException($"The pictures of a request have more than {options.MaxRequestBytes:N0} bytes together. Send fewer at once, or raise {nameof(ImageEmbeddingOptions.MaxRequestBytes)}.");
            }

            var format = ImageDecoder.Inspect(value.Data.Span, name, options.Decoding.Limits).Format;
            if (!IsNamed(value.MediaType, format))
            {
                throw new BadInputException($"{name} is called {value.MediaType}, and its bytes are {format}. Name what it is.");
            }

            pictures.Add(new EncodedImage(value.Data, name, options.Decoding));
        }

        return pictures;
    }

    // What nobody has named is taken for what it is.
    private static bool IsNamed(string mediaType, ImageFormat format)
    {
        var name = mediaType.Split(';')[0].Trim().ToUpperInvariant();
        var form = format.ToString().ToUpperInvariant();
        return name == "APPLICATION/OCTET-STREAM" || name == "IMAGE/*" || name == $"IMAGE/{form}" || name == $"IMAGE/X-MS-{form}" || (name == "IMAGE/JPG" && format == ImageFormat.Jpeg);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Loaded the embedding model {ModelId} ({ModelType}) from {Folder}")]
    private static partial void LogLoaded(ILogger logger, string modelId, string modelType, string folder);
}
