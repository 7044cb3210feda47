using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Inference.Pipelines;
using Plinth.Inference.Sampling;
using TorchSharp;
using static Plinth.Tests.Inference.InferenceModels;
using static TorchSharp.torch;

namespace Plinth.Tests.Inference;

public sealed class PipelineTests
{
    private static readonly WordTokenizer Words = WordTokenizer.OfWords(40);
    private static readonly GenerationOptions Options = new() { MaxNewTokens = 12, EosTokenIds = [], SuppressTokens = [0, 1, 2, 3, 4, 5] };

    [Fact]
    public async Task Streamed_pieces_are_the_whole_text()
    {
        using var model = InferenceModels.Causal(vocabularySize: Words.VocabularySize);
        var pipeline = new TextGenerationPipeline(model, Words);
        var whole = pipeline.Generate("w1 w2 w3", Options, Cancellation);
        Assert.StartsWith(" w", whole, StringComparison.Ordinal);
        Assert.Equal(12, whole.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(whole, string.Concat(pipeline.Stream("w1 w2 w3", Options, Cancellation)));
        List<string> pieces = [];
        await foreach (var piece in pipeline.StreamAsync("w1 w2 w3", Options, Cancellation))
        {
            pieces.Add(piece);
        }

        Assert.Equal(whole, string.Concat(pieces));
        Assert.True(pieces.Count > 5);
        Assert.Equal([pipeline.Generate("w9", Options, Cancellation), whole], pipeline.Generate(["w9", "w1 w2 w3"], Options, Cancellation));
    }

    [Fact]
    public void A_stop_text_ends_the_text_and_is_not_part_of_it()
    {
        using var model = InferenceModels.Causal(vocabularySize: Words.VocabularySize);
        var pipeline = new TextGenerationPipeline(model, Words);
        var whole = pipeline.Generate("w1 w2 w3", Options, Cancellation);
        // Across two tokens.
        var stop = whole[(whole.Length / 2)..((whole.Length / 2) + 4)];
        var options = Options with { StopStrings = [stop, "never"] };
        var expected = whole[..whole.IndexOf(stop, StringComparison.Ordinal)];
        Assert.Equal(expected, pipeline.Generate("w1 w2 w3", options, Cancellation));
        Assert.Equal(expected, string.Concat(pipeline.Stream("w1 w2 w3", options, Cancellation)));
        Assert.DoesNotContain(stop, pipeline.Generate("w1 w2 w3", options with { NumBeams = 2 }, Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public void Hidden_words_are_guessed_best_first()
    {
        using var model = InferenceModels.Sharpen(TinyModels.For(HeadKind.MaskedLanguageModeling, Words.VocabularySize));
        var guesses = new FillMaskPipeline(model, Words).Fill("w1 [MASK] w3 [MASK]", 4);

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long[] ids = [2, Words.IdOf("w1")!.Value, 4, Words.IdOf("w3")!.Value, 4, 3];
        var probabilities = model.Logits(new TextBatch { InputIds = tensor(ids).unsqueeze(0) }).softmax(-1);
        Assert.Equal(2, guesses.Count);
        for (var g = 0; g < 2; g++)
        {
            var expected = probabilities[0, 2 + (2 * g)].data<float>().ToArray();
            Assert.Equal(expected.Select((_, id) => id).OrderByDescending(id => expected[id]).Take(4), guesses[g].Select(guess => guess.Id));
            Assert.All(guesses[g], guess => Assert.Equal(expected[guess.Id], guess.Probability, 1e-5));
        }
        var word = guesses[0].FirstOrDefault(guess => guess.Id > 5);
        Assert.True(word is null || word.Text == $"w1 {word.Token} w3");
        Assert.Contains("[MASK]", Assert.Throws<PlinthException>(() => new FillMaskPipeline(model, Words).Fill("w1")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Pooling.Mean)]
    [InlineData(Pooling.First)]
    [InlineData(Pooling.Last)]
    [InlineData(Pooling.Max)]
    [InlineData(Pooling.MeanSqrtLength)]
    [InlineData(Pooling.WeightedMean)]
    public void Vectors_do_not_depend_on_the_batch(Pooling pooling)
    {
        using var model = InferenceModels.Sharpen(TinyModels.For(HeadKind.None, Words.VocabularySize, maximumLength: 16));
        using var pipeline = new EmbeddingPipeline(model, Words, new() { Pooling = pooling, BatchSize = 2 });
        string[] texts = ["w1", "w1 w2 w3 w4 w5", "", "w7 w8", string.Join(' ', Enumerable.Repeat("w3", 50))];

        var together = pipeline.Embed(texts, Cancellation);

        for (var i = 0; i < texts.Length; i++)
        {
            var alone = pipeline.Embed(texts[i]);
            Assert.Equal(pipeline.Size, alone.Length);
            Assert.Equal(1, alone.Sum(x => (double)x * x), 1e-4);
            Assert.All(alone.Zip(together[i]), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        }
        Assert.True(together[0].Zip(together[1]).Max(pair => Math.Abs(pair.First - pair.Second)) > 1e-3);
    }

    [Fact]
    public void Pooling_takes_the_vectors_it_names()
    {
        using var model = InferenceModels.Sharpen(TinyModels.For(HeadKind.None, Words.VocabularySize));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ids = Words.EncodeIds("w1 w2", addSpecial: true).Select(id => (long)id).ToArray();
        var hidden = model.Backbone.Run(new TextBatch { InputIds = tensor(ids).unsqueeze(0) }).Hidden[0];
        foreach (var (pooling, expected) in new[] { (Pooling.Mean, hidden.mean([0L])), (Pooling.First, hidden[0]), (Pooling.Last, hidden[ids.Length - 1]),
            (Pooling.Max, hidden.amax([0L])), (Pooling.MeanSqrtLength, hidden.sum(0L) / 2), (Pooling.WeightedMean, (hidden[0] + 2 * hidden[1] + 3 * hidden[2] + 4 * hidden[3]) / 10) })
        {
            using var pipeline = new EmbeddingPipeline(model, Words, new() { Pooling = pooling, IsNormalized = false });
            var vector = pipeline.Embed("w1 w2");
            Assert.All(expected.data<float>().ToArray().Zip(vector), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        }
    }
}
