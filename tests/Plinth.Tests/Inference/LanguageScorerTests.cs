using Plinth.Core;
using Plinth.Inference;
using TorchSharp;
using static Plinth.Tests.Inference.InferenceModels;
using static TorchSharp.torch;

namespace Plinth.Tests.Inference;

public sealed class LanguageScorerTests
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 40).Select(i => (i * 7) % 50)];

    [Fact]
    public void A_text_that_fits_has_the_probability_of_its_tokens()
    {
        using var model = InferenceModels.Causal();
        var score = new LanguageScorer(model).Score(Ids, cancellation: Cancellation);
        Assert.Equal(39, score.TokenCount);
        Assert.Equal(Enumerable.Range(1, 39).Sum(i => TokenLogProbability(model, Ids[..i], Ids[i])), score.LogProbability, 1e-3);
        Assert.Equal(Math.Exp(-score.LogProbability / 39), score.Perplexity, 1e-9);
        Assert.Equal(-score.LogProbability / Math.Log(2) / 10, score.BitsPerByte(10), 1e-9);
    }

    [Theory]
    [InlineData(16, 1)]
    [InlineData(16, 5)]
    [InlineData(16, 15)]
    public void A_longer_text_is_scored_in_windows_each_token_once(int window, int stride)
    {
        using var model = InferenceModels.Causal(maximumLength: 16);
        double expected = 0;
        var end = 16;
        for (var i = 1; i < Ids.Length; i++)
        {
            if (i >= end)
            {
                end = Math.Min(Ids.Length, end + stride);
            }

            expected += TokenLogProbability(model, Ids[Math.Max(0, end - window)..i], Ids[i]);
        }

        var score = new LanguageScorer(model, window, stride).Score(Ids, cancellation: Cancellation);

        Assert.Equal(39, score.TokenCount);
        Assert.Equal(expected, score.LogProbability, 1e-3);
    }

    [Fact]
    public void Context_is_read_and_not_scored()
    {
        using var model = InferenceModels.Causal();
        var scorer = new LanguageScorer(model);
        var whole = scorer.Score(Ids, cancellation: Cancellation);
        var parts = scorer.Score(Ids[..25], cancellation: Cancellation).Add(scorer.Score(Ids, 25, cancellation: Cancellation));
        Assert.Equal(whole.LogProbability, parts.LogProbability, 1e-3);
        Assert.Equal(whole.TokenCount, parts.TokenCount);
        Assert.Equal(0, scorer.Score([3], cancellation: Cancellation).TokenCount);
        Assert.Throws<PlinthException>(() => scorer.Score([3, 50], cancellation: Cancellation));
        Assert.Throws<PlinthException>(() => new LanguageScorer(model, window: 65));
        Assert.Throws<PlinthException>(() => new LanguageScorer(model, window: 10, stride: 10));
    }

    private static double TokenLogProbability(Model model, int[] context, int next)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var logits = model.Logits(new TextBatch { InputIds = tensor(context.Select(id => (long)id).ToArray()).unsqueeze(0) });
        return nn.functional.log_softmax(logits[0, context.Length - 1].to(ScalarType.Float64), -1)[next].ToDouble();
    }
}
