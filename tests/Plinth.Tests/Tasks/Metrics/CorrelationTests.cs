using MathNet.Numerics.Statistics;
using Plinth.Tasks.Metrics;
using Xunit;

namespace Plinth.Tests.Tasks.Metrics;

public class CorrelationTests
{
    [Fact]
    public void Pearson_of_a_textbook_example()
    {
        // x - mean = -2 -1 0 1 2, y - mean = -2 0 1 0 1: 6 / sqrt(10 * 6).
        Assert.Equal(6 / Math.Sqrt(60), Pearson.Of([1, 2, 3, 4, 5], [2, 4, 5, 4, 5]), 12);
    }

    [Fact]
    public void Equal_values_share_their_mean_rank() =>
        Assert.Equal([5, 2.5, 2.5, 1, 4], Spearman.AverageRanks([9, 2, 2, -1, 3]));

    [Fact]
    public void Spearman_sees_only_the_order()
    {
        Assert.Equal(1, Spearman.Of([1, 2, 3, 4], [1, 10, 100, 1e300]), 12);
        // Without ties: 1 - 6 Σd² / (n (n² - 1)) with d = 0 1 -1 0.
        Assert.Equal(1 - (6.0 * 2 / (4 * 15)), Spearman.Of([1, 2, 3, 4], [10, 30, 20, 40]), 12);
    }

    [Fact]
    public void Both_agree_with_MathNet_on_random_values_with_ties()
    {
        var random = new Random(7);
        for (var trial = 0; trial < 50; trial++)
        {
            var count = random.Next(3, 60);
            var x = Enumerable.Range(0, count).Select(_ => Math.Round(random.NextDouble() * 20)).ToArray();
            var y = x.Select(v => Math.Round(v + (random.NextDouble() * 10))).ToArray();
            if (x.Distinct().Count() == 1 || y.Distinct().Count() == 1)
            {
                continue;
            }

            Assert.Equal(Correlation.Pearson(x, y), Pearson.Of(x, y), 10);
            Assert.Equal(Correlation.Spearman(x, y), Spearman.Of(x, y), 10);
        }
    }

    [Fact]
    public void Correlations_are_symmetric_and_blind_to_scale_and_shift()
    {
        var random = new Random(8);
        for (var trial = 0; trial < 50; trial++)
        {
            double[] x = [.. Enumerable.Range(0, 20).Select(_ => random.NextDouble())];
            double[] y = [.. Enumerable.Range(0, 20).Select(_ => random.NextDouble())];
            var r = Pearson.Of(x, y);
            Assert.InRange(r, -1, 1);
            Assert.Equal(r, Pearson.Of(y, x), 12);
            Assert.Equal(r, Pearson.Of([.. x.Select(v => (v * 1e200) + 3)], y), 10);
            Assert.Equal(-r, Pearson.Of([.. x.Select(v => 5 - v)], y), 10);
            Assert.Equal(Spearman.Of(x, y), Spearman.Of([.. x.Select(Math.Exp)], y), 12);
        }
    }

    [Theory]
    [InlineData(1e300)]
    [InlineData(1e-300)]
    public void Large_and_small_values_neither_overflow_nor_vanish(double scale) =>
        Assert.Equal(6 / Math.Sqrt(60), Pearson.Of([scale, 2 * scale, 3 * scale, 4 * scale, 5 * scale], [2, 4, 5, 4, 5]), 10);

    [Fact]
    public void Degenerate_inputs_are_defined()
    {
        Assert.Equal(0, Pearson.Of([0.1, 0.1, 0.1], [1, 2, 3]));
        Assert.Equal(0, Spearman.Of([1, 2, 3], [0.1, 0.1, 0.1]));
        Assert.Equal(0, Pearson.Of([1], [2]));
        Assert.True(double.IsNaN(Pearson.Of([], [])));
        Assert.True(double.IsNaN(Pearson.Of([1, double.PositiveInfinity], [1, 2])));
        Assert.True(double.IsNaN(Spearman.Of([1, double.NaN], [1, 2])));
        Assert.Equal(1, Spearman.Of([1, double.PositiveInfinity], [1, 2]), 12);
        Assert.Throws<ArgumentException>(() => Pearson.Of([1], [1, 2]));
    }
}
