using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Vision;
using Plinth.Inference.Chat;
using Plinth.Inference.Vision;

namespace Plinth.Tests.Inference.Vision;

/// <summary>Pictures to vectors through .NET's own abstraction.</summary>
public sealed class ImageEmbeddingClientTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_container_gives_a_generator_whose_vectors_are_those_of_the_pipeline()
    {
        Save();
        var services = new ServiceCollection();
        services.AddPlinthImageEmbeddingGenerator(folder.Path("model"));
        services.AddKeyedPlinthImageEmbeddingGenerator("mean", folder.Path("model"), new() { Pooling = ImagePooling.Mean });
        await using var provider = services.BuildServiceProvider();
        var generator = provider.GetRequiredService<IEmbeddingGenerator<DataContent, Embedding<float>>>();
        var given = await generator.GenerateAsync([Png(0), Png(1)], new() { Dimensions = 32, ModelId = "model" }, Token);
        using var model = Checkpoint.Load(folder.Path("model"), Plinth.Models.ModelCatalog.Families, new() { Head = HeadKind.None }).Model;
        var expected = new ImageEmbeddingPipeline(model, TinyPictures.Processor).Embed([TinyPictures.Of(0).Image, TinyPictures.Of(1).Image], Token);
        Assert.All(expected.Zip(given), pair => Assert.All(pair.First.Zip(pair.Second.Vector.ToArray()), value => Assert.Equal(value.First, value.Second, 1e-5f)));
        Assert.Equal(1, expected[0].Sum(value => (double)value * value), 1e-4);
        var mean = await provider.GetRequiredKeyedService<IEmbeddingGenerator<DataContent, Embedding<float>>>("mean").GenerateAsync([Png(0)], cancellationToken: Token);
        Assert.Contains(mean[0].Vector.ToArray().Zip(expected[0]), pair => Math.Abs(pair.First - pair.Second) > 1e-3);
    }

    [Fact]
    public async Task What_is_no_picture_too_large_or_not_what_it_is_called_is_refused()
    {
        Save();
        using var client = ImageEmbeddingClient.Load(folder.Path("model"), new() { MaxRequestBytes = 5_000, Decoding = new() { Limits = new() { MaxFileBytes = 3_000 } } });
        Task Ask(DataContent content, EmbeddingGenerationOptions? options = null) => client.GenerateAsync([content], options, Token);
        var png = Png(0).Data;
        await Ask(new(png, "image/png"));
        await Ask(new(png, "application/octet-stream"));
        Assert.Contains("Png", (await Assert.ThrowsAsync<BadInputException>(() => Ask(new(png, "image/jpeg")))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<BadImageException>(() => Ask(new("no picture"u8.ToArray(), "image/png")));
        await Assert.ThrowsAsync<BadImageException>(() => Ask(new(new byte[4_000], "image/png")));
        await Assert.ThrowsAsync<BadInputException>(() => client.GenerateAsync([.. Enumerable.Range(0, 5).Select(Png)], null, Token));
        await Assert.ThrowsAsync<ClientOptionException>(() => Ask(new(png, "image/png"), new() { Dimensions = 8 }));
        await Assert.ThrowsAsync<ClientOptionException>(() => Ask(new(png, "image/png"), new() { ModelId = "other" }));
    }

    private static DataContent Png(int number) => new(ImageEncoder.Png(TinyPictures.Image(number)), "image/png");

    private void Save()
    {
        using var model = TinyModels.For(HeadKind.ImageClassification, 10, ["a", "b"]);
        Checkpoint.Save(model, folder.Path("model"), TinyPictures.Processor.Save);
    }
}
