using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Inference.Pipelines;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Inference;

public sealed class SentencePipelineTests : IDisposable
{
    private static readonly WordTokenizer Words = new([.. Enumerable.Range(0, 30).Select(i => $"w{i}"), "find"]);
    private readonly Model model = InferenceModels.Sharpen(TinyModels.For(HeadKind.None, Words.VocabularySize));
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_linear_layer_and_several_poolings_follow_each_other()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (weight, bias) = (randn(5, 64), randn(5));
        SafetensorsWriter.Write(folder.Path("model.safetensors"), [new("linear.weight", weight), new("linear.bias", bias)]);
        var modules = new SentenceModules { Pooling = [Pooling.Mean, Pooling.First], Steps = [new DenseStep(folder.Root, 64, 5, true, true), new NormalizeStep()] };
        using var pipeline = new EmbeddingPipeline(model, Words, modules);
        Assert.Equal(5, pipeline.Size);
        var hidden = Hidden("w1 w2 w3");
        // The order of the reference: first token, then mean.
        var expected = nn.functional.normalize((cat([hidden[0], hidden.mean([0L])]).unsqueeze(0).matmul(weight.transpose(0, 1)) + bias).tanh(), 2, -1)[0];
        Close(expected, pipeline.Embed(["w1 w2 w3", "w4"], InferenceModels.Cancellation)[0]);
        Assert.Contains("linear.weight", Assert.Throws<CheckpointException>(() =>
            new SentencePooler(modules with { Steps = [new DenseStep(folder.Root, 64, 6, true, true)] }, 32)).Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => new SentencePooler(modules with { Pooling = [Pooling.Mean] }, 32));
    }

    [Fact]
    public void Prompts_stand_before_texts_and_may_stay_out_of_the_pooling()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var modules = new SentenceModules { Prompts = new Dictionary<string, string> { ["query"] = "find w9 " }, DefaultPrompt = "query", LowersCase = true };
        using var pooled = new EmbeddingPipeline(model, Words, modules);
        var hidden = Hidden("find w9 w1 w2");
        Close(hidden.mean([0L]), pooled.Embed(["W1 w2"], InferenceModels.Cancellation)[0]);
        Close(Hidden("w1 w2").mean([0L]), pooled.Embed(["w1 w2"], prompt: null, InferenceModels.Cancellation)[0]);
        using var apart = new EmbeddingPipeline(model, Words, modules with { PoolsPrompt = false });
        // Left out: the class token and the two words of the prompt.
        Close(hidden.slice(0, 3, 6, 1).mean([0L]), apart.Embed(["w1 w2", "w3 w4 w5 w6"], InferenceModels.Cancellation)[0]);
        Assert.Contains("query", Assert.Throws<PlinthException>(() => pooled.Embed(["w1"], "passage", InferenceModels.Cancellation)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_job_gives_each_text_the_vector_that_it_has_alone()
    {
        using var pipeline = new EmbeddingPipeline(model, Words, new EmbeddingOptions());
        var random = new Random(3);
        string[] texts = [.. Enumerable.Range(0, 600).Select(_ => string.Join(' ', Enumerable.Range(0, random.Next(1, 40)).Select(_ => $"w{random.Next(30)}")))];
        model.train();
        var vectors = pipeline.Embed(texts, InferenceModels.Cancellation);
        Assert.True(model.training);
        for (var i = 0; i < texts.Length; i += 7)
        {
            Assert.All(pipeline.Embed(texts[i]).Zip(vectors[i]), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
    }

    [Fact]
    public void Token_vectors_are_the_models_own()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var pipeline = new EmbeddingPipeline(model, Words, new EmbeddingOptions { BatchSize = 2 });
        string[] texts = ["w1", "w2 w3 w4", "w5 w6"];
        foreach (var (text, vectors) in texts.Zip(pipeline.EmbedTokens(texts, InferenceModels.Cancellation)))
        {
            var hidden = Hidden(text);
            Assert.Equal(hidden.size(0), vectors.Count);
            Close(hidden.flatten(), [.. vectors.SelectMany(vector => vector)]);
        }
    }

    [Fact]
    public void Several_texts_with_hidden_tokens_are_filled_as_each_alone()
    {
        using var guesser = InferenceModels.Sharpen(TinyModels.For(HeadKind.MaskedLanguageModeling, Words.VocabularySize));
        var pipeline = new FillMaskPipeline(guesser, Words);
        string[] texts = ["w1 [MASK]", "w1 w2 [MASK] w3 w4 [MASK]", "[MASK]"];
        var together = pipeline.Fill(texts, 3);
        Assert.Equal([1, 2, 1], together.Select(guesses => guesses.Count));
        Assert.All(texts.Zip(together), pair => Assert.All(pipeline.Fill(pair.First, 3).Zip(pair.Second), place => Assert.All(place.First.Zip(place.Second), guess =>
        {
            Assert.Equal((guess.First.Id, guess.First.Text), (guess.Second.Id, guess.Second.Text));
            Assert.Equal(guess.First.Probability, guess.Second.Probability, 1e-4);
        })));
    }

    [Fact]
    public void Texts_with_their_own_labels_are_scored_as_each_alone()
    {
        using var judge = InferenceModels.Sharpen(TinyModels.For(HeadKind.SequenceClassification, Words.VocabularySize, ["contradiction", "neutral", "entailment"]));
        var pipeline = new ZeroShotPipeline(judge, Words, batchSize: 2);
        (string, IReadOnlyList<string>)[] texts = [("w1", ["w2", "w3"]), ("w4 w5 w6 w7", ["w8"]), ("w9", ["w1", "w2", "w3"])];
        foreach (var multi in (bool[])[false, true])
        {
            var together = pipeline.Classify(texts, "{} w20", multi, InferenceModels.Cancellation);
            foreach (var ((text, labels), scores) in texts.Zip(together))
            {
                var alone = pipeline.Classify(text, labels, "{} w20", multi);
                Assert.Equal(alone.Select(label => label.Label), scores.Select(label => label.Label));
                Assert.All(alone.Zip(scores), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-4));
            }
        }
    }

    private Tensor Hidden(string text) => model.Backbone.Run(new TextBatch { InputIds = tensor(Words.EncodeIds(text, addSpecial: true).Select(id => (long)id).ToArray()).unsqueeze(0) }).Hidden[0];

    private static void Close(Tensor expected, float[] actual)
    {
        Assert.Equal(expected.numel(), actual.Length);
        Assert.All(expected.contiguous().data<float>().ToArray().Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }
}
