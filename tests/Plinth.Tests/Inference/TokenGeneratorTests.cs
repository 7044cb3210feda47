using Plinth.Core;
using Plinth.Inference;
using Plinth.Inference.Sampling;
using TorchSharp;
using static Plinth.Tests.Inference.InferenceModels;

namespace Plinth.Tests.Inference;

public sealed class TokenGeneratorTests
{
    private static readonly GenerationOptions Greedy = new() { MaxNewTokens = 12, EosTokenIds = [] };
    private static readonly GenerationOptions Sampled = Greedy with { DoSample = true, TopK = 0, Temperature = 3, Seed = 5 };

    [Fact]
    public void The_cache_changes_nothing()
    {
        using var model = InferenceModels.Causal();
        var expected = InferenceModels.GreedyWithoutCache(model, InferenceModels.LongPrompt, 12);
        Assert.True(expected.Distinct().Count() > 2);
        Assert.Equal(expected, One(model, InferenceModels.LongPrompt, Greedy));
    }

    [Fact]
    public void A_padded_prompt_in_a_batch_gives_what_it_gives_alone()
    {
        using var model = InferenceModels.Causal();
        foreach (var options in new[] { Greedy, Greedy with { RepetitionPenalty = 1.5 }, Greedy with { NoRepeatNgramSize = 2 }, Greedy with { NumBeams = 3 } })
        {
            var together = new TokenGenerator(model).Generate([InferenceModels.LongPrompt, InferenceModels.ShortPrompt], options, Cancellation);
            Assert.Equal(One(model, InferenceModels.LongPrompt, options), together[0].NewIds);
            Assert.Equal(One(model, InferenceModels.ShortPrompt, options), together[1].NewIds);
        }
    }

    [Fact]
    public void A_seed_gives_the_same_draws_and_another_seed_others()
    {
        using var model = InferenceModels.Causal();
        var first = One(model, InferenceModels.ShortPrompt, Sampled);
        Assert.Equal(first, One(model, InferenceModels.ShortPrompt, Sampled));
        Assert.NotEqual(first, One(model, InferenceModels.ShortPrompt, Sampled with { Seed = 6 }));
        Assert.Equal(first, new TokenGenerator(model).Stream(InferenceModels.ShortPrompt, Sampled, Cancellation));
        var several = new TokenGenerator(model).Generate([InferenceModels.ShortPrompt], Sampled with { NumReturnSequences = 3 }, Cancellation);
        Assert.Equal(first, several[0].NewIds);
        Assert.Equal(3, several.Select(sequence => string.Join(' ', sequence.NewIds)).Distinct().Count());
    }

    [Fact]
    public void Draws_follow_the_probabilities()
    {
        using var model = InferenceModels.Causal();
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var ids = InferenceModels.ShortPrompt;
        var logits = model.Logits(new TextBatch { InputIds = torch.tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0) }).select(1, ids.Length - 1);
        var expected = (logits / 3).softmax(-1).data<float>().ToArray();

        const int Count = 4000;
        var drawn = new TokenGenerator(model).Generate([ids], Sampled with { MaxNewTokens = 1, NumReturnSequences = Count }, Cancellation);

        for (var id = 0; id < expected.Length; id++)
        {
            var deviation = Math.Sqrt(expected[id] * (1 - expected[id]) / Count);
            Assert.InRange(drawn.Count(one => one.NewIds[0] == id) / (double)Count, expected[id] - (5 * deviation) - 1e-3, expected[id] + (5 * deviation) + 1e-3);
        }
    }

    [Fact]
    public void An_end_token_ends_its_sequence_only()
    {
        using var model = InferenceModels.Causal();
        var free = new TokenGenerator(model).Generate([InferenceModels.LongPrompt, InferenceModels.ShortPrompt], Greedy, Cancellation);
        var end = free[0].NewIds.First(id => !free[1].NewIds.Contains(id));

        var ended = new TokenGenerator(model).Generate([InferenceModels.LongPrompt, InferenceModels.ShortPrompt], Greedy with { EosTokenIds = [end] }, Cancellation);

        Assert.Equal(free[0].NewIds.TakeWhile(id => id != end).Append(end), ended[0].NewIds);
        Assert.Equal(FinishReason.EndToken, ended[0].FinishReason);
        Assert.Equal(free[1].NewIds, ended[1].NewIds);
        Assert.Equal(FinishReason.MaxNewTokens, ended[1].FinishReason);
    }

    [Fact]
    public void Generation_stops_where_the_positions_end()
    {
        using var model = InferenceModels.Causal(maximumLength: 16);
        var result = new TokenGenerator(model).Generate([InferenceModels.LongPrompt], Greedy with { MaxNewTokens = 100 }, Cancellation)[0];
        Assert.Equal(16, result.Ids.Count);
        Assert.Equal(FinishReason.ContextLimit, result.FinishReason);
        var tooLong = Assert.Throws<PlinthException>(() => new TokenGenerator(model).Generate([new int[16]], Greedy, Cancellation));
        Assert.Contains("16 positions", tooLong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_hundred_tokens_leave_no_tensor_behind()
    {
        using var model = InferenceModels.Causal(maximumLength: 256);
        var options = Sampled with { MaxNewTokens = 200, TopK = 10, TopP = 0.9, TypicalP = 0.9, RepetitionPenalty = 1.2, NoRepeatNgramSize = 3, MinP = 0.01 };
        One(model, InferenceModels.ShortPrompt, options with { MaxNewTokens = 2 });
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Assert.Equal(200, One(model, InferenceModels.ShortPrompt, options).Count);
        new TokenGenerator(model).Generate([InferenceModels.LongPrompt, InferenceModels.ShortPrompt], options with { NumBeams = 2, MaxNewTokens = 20 }, Cancellation);
        Assert.Equal(3, new TokenGenerator(model).Stream(InferenceModels.ShortPrompt, options, Cancellation).Take(3).Count());

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_model_in_training_is_read_without_dropout_and_left_in_training()
    {
        using var model = InferenceModels.Causal();
        var expected = One(model, InferenceModels.ShortPrompt, Greedy);
        model.train();
        var grad = torch.is_grad_enabled();
        var seen = new List<bool>();
        new TokenGenerator(model).Generate([InferenceModels.ShortPrompt], Greedy, (_, _) => { seen.Add(torch.is_grad_enabled() == grad && model.training); return true; }, Cancellation);
        Assert.Equal(expected, One(model, InferenceModels.ShortPrompt, Greedy));
        Assert.True(model.training);
        Assert.All(seen, Assert.True);
    }

    [Fact]
    public async Task Streams_can_be_cancelled_and_observed()
    {
        using var model = InferenceModels.Causal();
        var generator = new TokenGenerator(model);
        var expected = One(model, InferenceModels.ShortPrompt, Greedy);
        List<int> streamed = [];
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var id in generator.StreamAsync(InferenceModels.ShortPrompt, Greedy, source.Token))
            {
                streamed.Add(id);
                if (streamed.Count == 4)
                {
                    await source.CancelAsync();
                }
            }
        });
        Assert.Equal(expected.Take(4), streamed);
        var stopped = generator.Generate([InferenceModels.ShortPrompt], Greedy, (_, id) => id != expected[5], Cancellation)[0];
        Assert.Equal(expected.TakeWhile(id => id != expected[5]).Append(expected[5]), stopped.NewIds);
        Assert.Equal(FinishReason.Stopped, stopped.FinishReason);
    }

    [Fact]
    public void What_is_impossible_is_refused_by_name()
    {
        using var model = InferenceModels.Causal();
        var generator = new TokenGenerator(model);
        void Refused(GenerationOptions options, string word, params int[] prompt) =>
            Assert.Contains(word, Assert.Throws<PlinthException>(() => generator.Generate([prompt.Length > 0 ? prompt : [1]], options)).Message, StringComparison.Ordinal);
        Refused(Greedy with { Temperature = 0 }, "Temperature");
        Refused(Greedy with { TopP = double.NaN }, "TopP");
        Refused(Greedy with { MaxNewTokens = 0 }, "MaxNewTokens");
        Refused(Greedy with { EosTokenIds = [50] }, "EosTokenIds");
        Refused(Greedy with { NumReturnSequences = 2 }, "NumReturnSequences");
        Refused(Greedy with { BadWordsIds = [[]] }, "BadWordsIds");
        Refused(Greedy, "50", 1, 50);
        Assert.Contains("empty", Assert.Throws<PlinthException>(() => generator.Generate([Array.Empty<int>()], Greedy, Cancellation)).Message, StringComparison.Ordinal);
        Assert.Throws<PlinthException>(() => generator.Stream([1], Greedy with { NumBeams = 2 }, Cancellation));
        using var encoder = TinyModels.For(HeadKind.MaskedLanguageModeling, 20);
        Assert.Throws<PlinthException>(() => new TokenGenerator(encoder));
        Assert.Empty(generator.Generate([], Greedy, Cancellation));
    }

    private static IReadOnlyList<int> One(Model model, int[] prompt, GenerationOptions options) => new TokenGenerator(model).Generate([prompt], options)[0].NewIds;
}
