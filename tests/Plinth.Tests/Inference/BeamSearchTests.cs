using Plinth.Inference;
using Plinth.Inference.Sampling;
using static Plinth.Tests.Inference.InferenceModels;

namespace Plinth.Tests.Inference;

public sealed class BeamSearchTests
{
    [Fact]
    public void As_many_beams_as_there_are_sequences_find_the_best_one()
    {
        const int Vocabulary = 6, Steps = 3;
        using var model = InferenceModels.Causal(vocabularySize: Vocabulary);
        int[] prompt = [1, 4];
        var scorer = new LanguageScorer(model);
        var all = from a in Enumerable.Range(0, Vocabulary)
                  from b in Enumerable.Range(0, Vocabulary)
                  from c in Enumerable.Range(0, Vocabulary)
                  let ids = new[] { a, b, c }
                  orderby scorer.Score([.. prompt, .. ids], prompt.Length).LogProbability descending
                  select ids;
        var expected = all.Take(4).ToList();

        var found = new TokenGenerator(model).Generate([prompt],
            new() { MaxNewTokens = Steps, NumBeams = Vocabulary * Vocabulary, NumReturnSequences = 4, EosTokenIds = [] }, Cancellation);

        Assert.Equal(expected, found.Select(sequence => sequence.NewIds.ToArray()));
        Assert.All(found, sequence => Assert.Equal(
            scorer.Score(sequence.Ids, prompt.Length, cancellation: Cancellation).LogProbability / Steps, sequence.Score!.Value, 1e-4));
    }

    [Fact]
    public void A_beam_ends_at_an_end_token_and_long_sequences_can_be_preferred()
    {
        using var model = InferenceModels.Causal();
        var options = new GenerationOptions { MaxNewTokens = 15, NumBeams = 4, EosTokenIds = [.. Enumerable.Range(0, 20)] };
        IReadOnlyList<GeneratedSequence> With(double penalty, EarlyStopping stopping = EarlyStopping.Heuristic) =>
            new TokenGenerator(model).Generate([InferenceModels.LongPrompt], options with { LengthPenalty = penalty, EarlyStopping = stopping, NumReturnSequences = 4 });

        foreach (var sequence in With(1).Concat(With(1, EarlyStopping.WhenFull)).Concat(With(1, EarlyStopping.Never)))
        {
            Assert.All(sequence.NewIds.SkipLast(1), id => Assert.True(id >= 20));
            Assert.Equal(sequence.NewIds[^1] < 20 ? FinishReason.EndToken : FinishReason.MaxNewTokens, sequence.FinishReason);
        }

        Assert.Equal(With(1).Select(s => s.Score).OrderDescending(), With(1).Select(s => s.Score));
        Assert.True(With(4, EarlyStopping.Never)[0].NewIds.Count >= With(-4)[0].NewIds.Count);
    }

    [Fact]
    public void Drawn_beams_follow_the_seed()
    {
        using var model = InferenceModels.Causal();
        var options = new GenerationOptions { MaxNewTokens = 10, NumBeams = 3, DoSample = true, Temperature = 4, TopK = 0, Seed = 1, EosTokenIds = [] };
        IReadOnlyList<int> With(int seed) => new TokenGenerator(model).Generate([InferenceModels.ShortPrompt], options with { Seed = seed })[0].NewIds;
        Assert.Equal(With(1), With(1));
        Assert.True(Enumerable.Range(1, 5).Select(seed => string.Join(' ', With(seed))).Distinct().Count() > 1);
    }
}
