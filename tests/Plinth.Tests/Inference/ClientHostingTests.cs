using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Inference.Chat;
using static Plinth.Tests.Inference.InferenceModels;

namespace Plinth.Tests.Inference;

/// <summary>Clients in containers and under OpenTelemetry, as programs use them.</summary>
public sealed class ClientHostingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_container_loads_a_folder_when_it_is_first_asked_and_frees_it()
    {
        var path = ChatModels.Save(folder.Path("tiny-chat"));
        var log = new LogLines();
        var services = new ServiceCollection().AddSingleton<ILoggerFactory>(log);
        services.AddPlinthChatClient(path, new() { Generation = new() { MaxNewTokens = 60 } });
        services.AddKeyedPlinthChatClient("other", path, new() { ModelId = "other" });
        services.AddPlinthChatClient(folder.Path("missing"));
        services.AddKeyedPlinthEmbeddingGenerator("vectors", path);
        Assert.Empty(log.Lines);
        IChatClient client;
        await using (var provider = services.BuildServiceProvider())
        {
            // The last registration counts, and is loaded only now.
            Assert.Throws<BadInputException>(() => provider.GetRequiredService<IChatClient>());
            client = provider.GetRequiredKeyedService<IChatClient>("other");
            Assert.Same(client, provider.GetRequiredKeyedService<IChatClient>("other"));
            Assert.Equal("other", (await client.GetResponseAsync("hi", new() { Temperature = 0 }, Cancellation)).ModelId);
            var vectors = provider.GetRequiredKeyedService<IEmbeddingGenerator<string, Embedding<float>>>("vectors");
            Assert.Equal(32, (await vectors.GenerateVectorAsync("hi", cancellationToken: Cancellation)).Length);
        }
        Assert.Contains(log.Lines, line => line.Contains("Loaded the chat model other", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("Loaded the embedding model tiny-chat", StringComparison.Ordinal));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetResponseAsync("hi", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task OpenTelemetry_sees_names_and_tokens()
    {
        ConcurrentQueue<Activity> activities = [];
        ConcurrentQueue<(string Name, string Type)> measured = [];
        const string Source = "plinth.tests";
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Source, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData, ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var meters = new MeterListener { InstrumentPublished = (instrument, own) => { if (instrument.Meter.Name == Source) { own.EnableMeasurementEvents(instrument); } } };
        void Measure<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
        {
            foreach (var tag in tags)
            {
                if (tag.Key is "gen_ai.token.type" or "gen_ai.operation.name")
                {
                    measured.Enqueue((instrument.Name, (string)tag.Value!));
                }
            }
        }
        meters.SetMeasurementEventCallback<int>(Measure);
        meters.SetMeasurementEventCallback<double>(Measure);
        meters.Start();

        using var chat = new ChatPipeline(ChatModels.Model, ChatModels.Tokenizer, ChatModels.Form, new() { ModelId = "tiny" }).AsBuilder().UseOpenTelemetry(sourceName: Source).Build();
        var response = await chat.GetResponseAsync("hi", new() { Temperature = 0, MaxOutputTokens = 40 }, Cancellation);
        await foreach (var _ in chat.GetStreamingResponseAsync("hi", new() { Temperature = 0 }, Cancellation)) { }
        await Assert.ThrowsAsync<ClientOptionException>(() => chat.GetResponseAsync("hi", new() { ConversationId = "x" }, Cancellation));
        using var vectors = new EmbeddingClient(ChatModels.Model, ChatModels.Tokenizer, modelId: "tiny").AsBuilder().UseOpenTelemetry(sourceName: Source).Build();
        await vectors.GenerateAsync(["hi", "bye"], cancellationToken: Cancellation);

        var spans = activities.ToArray();
        Assert.Equal(4, spans.Length);
        foreach (var span in spans[..2])
        {
            Assert.Equal("chat tiny", span.DisplayName);
            Assert.Equal(("chat", "plinth", "tiny"), (span.GetTagItem("gen_ai.operation.name"), span.GetTagItem("gen_ai.provider.name"), span.GetTagItem("gen_ai.response.model")));
            Assert.Equal(response.Usage!.InputTokenCount, Convert.ToInt64(span.GetTagItem("gen_ai.usage.input_tokens"), System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(response.Usage.OutputTokenCount, Convert.ToInt64(span.GetTagItem("gen_ai.usage.output_tokens"), System.Globalization.CultureInfo.InvariantCulture));
            Assert.NotNull(span.GetTagItem("gen_ai.response.finish_reasons"));
        }
        Assert.Equal(ActivityStatusCode.Error, spans[2].Status);
        Assert.Equal(("embeddings", "plinth"), (spans[3].GetTagItem("gen_ai.operation.name"), spans[3].GetTagItem("gen_ai.provider.name")));
        Assert.Contains(("gen_ai.client.token.usage", "input"), measured);
        Assert.Contains(("gen_ai.client.token.usage", "output"), measured);
        Assert.Contains(("gen_ai.client.operation.duration", "chat"), measured);
        Assert.Contains(("gen_ai.client.operation.duration", "embeddings"), measured);
    }

    [Fact]
    public async Task Vectors_come_with_names_and_usage_and_options_are_honoured_or_refused()
    {
        using var client = new EmbeddingClient(ChatModels.Model, ChatModels.Tokenizer, modelId: "tiny");
        var vectors = await client.GenerateAsync(["hi there", "bye"], new() { Dimensions = 32, ModelId = "tiny" }, Cancellation);
        Assert.Equal(2, vectors.Count);
        Assert.All(vectors, vector => Assert.Equal(("tiny", 32), (vector.ModelId, vector.Dimensions)));
        var alone = new Plinth.Inference.Pipelines.EmbeddingPipeline(ChatModels.Model, ChatModels.Tokenizer).Embed("bye");
        Assert.All(alone.Zip(vectors[1].Vector.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        Assert.Equal(ChatModels.Tokenizer.EncodeIds("hi there").Count + ChatModels.Tokenizer.EncodeIds("bye").Count, vectors.Usage!.InputTokenCount);
        var metadata = (EmbeddingGeneratorMetadata)client.GetService(typeof(EmbeddingGeneratorMetadata))!;
        Assert.Equal(("plinth", "tiny", 32), (metadata.ProviderName, metadata.DefaultModelId, metadata.DefaultModelDimensions));
        (string, EmbeddingGenerationOptions)[] refused =
        [
            ("Dimensions", new() { Dimensions = 16 }), ("ModelId", new() { ModelId = "other" }), ("AdditionalProperties", new() { AdditionalProperties = new() { ["x"] = 1 } }),
            ("RawRepresentationFactory", new() { RawRepresentationFactory = _ => null }),
        ];
        foreach (var (name, options) in refused)
        {
            Assert.Equal(name, (await Assert.ThrowsAsync<ClientOptionException>(() => client.GenerateAsync(["x"], options, Cancellation))).OptionName);
        }

        Assert.Empty(await client.GenerateAsync([], cancellationToken: Cancellation));
    }

    private sealed class LogLines : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public void AddProvider(ILoggerProvider provider) { }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception));

        public void Dispose() { }
    }
}
