using Plinth.Recipes.Baselines;
using Xunit;

namespace Plinth.Tests.Recipes.Baselines;

public sealed class NGramLanguageModelTests
{
    private const int Vocabulary = 30;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_probabilities_of_each_context_sum_to_one(int order)
    {
        foreach (var length in new[] { 0, 1, 4, 3000 })
        {
            var model = NGramLanguageModel.Train([Chain(length, seed: 1)], Vocabulary, order);
            foreach (var context in new int[][] { [], [0], [1, 2], [29, 28, 27], Chain(50, seed: 1), Chain(50, seed: 3) })
            {
                Assert.Equal(1, Enumerable.Range(0, Vocabulary).Sum(id => model.Probability(context, id)), 1e-9);
                Assert.All(Enumerable.Range(0, Vocabulary), id => Assert.True(model.Probability(context, id) > 0));
            }
        }
    }

    [Fact]
    public void Longer_contexts_help_where_tokens_depend_on_two_before()
    {
        var test = Chain(2000, seed: 2);
        var perplexities = Enumerable.Range(1, 4).Select(order => NGramLanguageModel.Train([Chain(40_000, seed: 1)], Vocabulary, order).Perplexity([test])).ToList();
        Assert.InRange(perplexities[0], 25, 30.5);
        Assert.InRange(perplexities[1], 20, perplexities[0] + 1);
        // With chance 0.8 the sum of the two before (mod 30) follows, else any token: exp(entropy) is about 3.1.
        Assert.InRange(perplexities[2], 3.0, 4.0);
        Assert.InRange(perplexities[3], 3.0, 4.0);
    }

    [Fact]
    public void Without_data_every_token_is_equally_likely() =>
        Assert.Equal(3 * Math.Log(1.0 / 7), NGramLanguageModel.Train([], 7).LogProbability([1, 2, 3]), 1e-12);

    [Fact]
    public void The_sum_over_a_sequence_is_that_of_its_steps()
    {
        var model = NGramLanguageModel.Train([Chain(500, seed: 1), Chain(500, seed: 2)], Vocabulary, 3);
        var ids = Chain(20, seed: 3);
        Assert.Equal(ids.Select((id, i) => Math.Log(model.Probability(ids[..i], id))).Sum(), model.LogProbability(ids), 1e-9);
    }

    [Fact]
    public void Hand_counted_bigrams_agree_with_the_formula()
    {
        // Of a b a c: unigrams count their contexts a:2 (start, b), b:1, c:1; too few counts for estimates, so D = 0.5, 1, 1.5.
        var model = NGramLanguageModel.Train([[0, 1, 0, 2]], 3, order: 2);
        var uniform = 1.0 / 3;
        var freed = ((0.5 * 2) + 1) / 4;
        var b = ((1 - 0.5) / 4) + (freed * uniform);
        Assert.Equal(((1 - 0.5) / 2) + (0.5 * b), model.Probability([0], 1), 1e-12);
    }

    [Fact]
    public void Ids_outside_the_vocabulary_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => NGramLanguageModel.Train([[0, 7]], 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => NGramLanguageModel.Train([[0]], 7).LogProbability([-1]));
    }

    private static int[] Chain(int length, int seed)
    {
        var random = new Random(seed);
        var ids = new int[length];
        for (var i = 0; i < length; i++)
        {
            ids[i] = i > 1 && random.NextDouble() < 0.8 ? (ids[i - 1] + ids[i - 2]) % Vocabulary : random.Next(Vocabulary);
        }
        return ids;
    }
}
