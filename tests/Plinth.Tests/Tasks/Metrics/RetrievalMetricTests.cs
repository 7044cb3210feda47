using Plinth.Tasks.Metrics;
using Xunit;

namespace Plinth.Tests.Tasks.Metrics;

public class RetrievalMetricTests
{
    [Fact]
    public void Recall_and_reciprocal_rank_from_ranks()
    {
        int[] ranks = [1, 3, 11, 0];
        Assert.Equal(0.25, RecallAtK.Of(ranks, 1));
        Assert.Equal(0.5, RecallAtK.Of(ranks, 10));
        Assert.Equal(0.75, RecallAtK.Of(ranks, int.MaxValue));
        Assert.Equal((1 + (1.0 / 3) + (1.0 / 11)) / 4, MeanReciprocalRank.Of(ranks), 12);
    }

    [Fact]
    public void A_rank_counts_ties_and_NaN_against_the_wanted_item()
    {
        Assert.Equal(1, RetrievalRank.Of([0.1f, 0.9f, 0.5f], 1));
        Assert.Equal(3, RetrievalRank.Of([0.1f, 0.9f, 0.5f], 0));
        Assert.Equal(3, RetrievalRank.Of([0.5f, 0.5f, 0.5f], 0));
        Assert.Equal(2, RetrievalRank.Of([0.5f, float.NaN, 0.1f], 0));
        Assert.Equal(3, RetrievalRank.Of([0.5f, float.NaN, 0.1f], 1));
    }

    [Fact]
    public void The_best_of_several_wanted_items_counts()
    {
        float[] scores = [0.1f, 0.9f, 0.5f, 0.7f, 0.5f];
        Assert.Equal(1, RetrievalRank.OfBest(scores, [0, 1]));
        Assert.Equal(2, RetrievalRank.OfBest(scores, [2, 3, 3]));
        Assert.Equal(3, RetrievalRank.OfBest(scores, [2, 4, 0]));   // two that are equal and both wanted
        Assert.Equal(RetrievalRank.Of(scores, 2), RetrievalRank.OfBest(scores, [2]));
        Assert.Equal(0, RetrievalRank.OfBest(scores, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetrievalRank.OfBest(scores, [0, 5]));
    }

    [Fact]
    public void Recall_grows_with_k_and_bounds_the_reciprocal_rank()
    {
        var random = new Random(9);
        for (var trial = 0; trial < 50; trial++)
        {
            var ranks = Enumerable.Range(0, 30).Select(_ => random.Next(0, 20)).ToArray();
            for (var k = 1; k < 20; k++)
            {
                Assert.True(RecallAtK.Of(ranks, k) <= RecallAtK.Of(ranks, k + 1));
            }

            Assert.InRange(MeanReciprocalRank.Of(ranks), RecallAtK.Of(ranks, 1), RecallAtK.Of(ranks, 20));
        }
    }

    [Fact]
    public void Perplexity_of_a_uniform_guess_is_the_number_of_choices()
    {
        Assert.Equal(50, Perplexity.Of(12 * Math.Log(50), 12), 9);
        Assert.Equal(double.PositiveInfinity, Perplexity.Of(1e6, 1));
        Assert.True(double.IsNaN(Perplexity.Of(0, 0)));
    }

    [Fact]
    public void A_uniform_guess_among_256_bytes_costs_8_bits()
    {
        Assert.Equal(8, BitsPerByte.Of(100 * Math.Log(256), 100), 12);
        Assert.True(double.IsNaN(BitsPerByte.Of(0, 0)));
    }

    [Fact]
    public void Degenerate_ranks_are_defined()
    {
        Assert.True(double.IsNaN(RecallAtK.Of([], 1)));
        Assert.True(double.IsNaN(MeanReciprocalRank.Of([])));
        Assert.Throws<ArgumentException>(() => MeanReciprocalRank.Of([-1]));
        Assert.ThrowsAny<ArgumentException>(() => RecallAtK.Of([1], 0));
    }
}
