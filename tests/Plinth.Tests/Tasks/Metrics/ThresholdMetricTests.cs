using Plinth.Tasks.Metrics;

namespace Plinth.Tests.Tasks.Metrics;

/// <summary>What scores of two classes are worth, and where to cut them.</summary>
public sealed class ThresholdMetricTests
{
    private static readonly double[] Scores = [0.9, 0.8, 0.8, 0.6, 0.5, 0.4, 0.3, 0.1];
    private static readonly bool[] Right = [true, true, false, true, false, true, false, false];

    [Fact]
    public void The_area_is_the_documented_one_of_a_known_example()
    {
        // The example that scikit-learn documents for its function of this name.
        Assert.Equal(0.75, RocAuc.Of([0.1, 0.4, 0.35, 0.8], [false, false, true, true]), 12);
    }

    [Fact]
    public void The_area_is_the_share_of_pairs_in_the_right_order()
    {
        var random = new Random(16);
        for (var trial = 0; trial < 50; trial++)
        {
            var scores = Enumerable.Range(0, 30).Select(_ => (double)random.Next(8)).ToArray();
            var right = Enumerable.Range(0, 30).Select(i => i < 2 ? i == 0 : random.Next(3) == 0).ToArray();
            var pairs = (from p in Enumerable.Range(0, 30) where right[p] from n in Enumerable.Range(0, 30) where !right[n]
                         select scores[p] > scores[n] ? 1 : scores[p] == scores[n] ? 0.5 : 0).ToList();
            Assert.Equal(pairs.Average(), RocAuc.Of(scores, right), 9);
            Assert.Equal(1 - RocAuc.Of(scores, right), RocAuc.Of([.. scores.Select(score => -score)], right), 9);
        }

        Assert.True(double.IsNaN(RocAuc.Of([1, 2], [true, true])));
        Assert.Throws<ArgumentException>(() => RocAuc.Of([double.NaN], [true]));
        Assert.Throws<ArgumentException>(() => RocAuc.Of([1], [true, false]));
    }

    [Fact]
    public void The_equal_error_is_as_worked_out_by_hand()
    {
        // At 0.6 one of four is let through and one missed.
        Assert.Equal(new(0.25, 0.6), EqualErrorRate.Of(Scores, Right));
        // From (0, ⅓) to (½, 0) at once: equal at ⅕.
        var between = EqualErrorRate.Of([3, 3, 2, 2, 1], [true, true, true, false, false]);
        Assert.Equal(0.2, between.Rate, 12);
        Assert.Equal(2, between.Threshold);
        Assert.Equal(new(0, 2), EqualErrorRate.Of([3, 2, 1, 0], [true, true, false, false]));
        Assert.Equal(new(1, 0), EqualErrorRate.Of([1, 0], [false, true]) with { Threshold = 0 });
        Assert.Equal(0.5, EqualErrorRate.Of([1, 1, 1, 1], [true, true, false, false]).Rate, 12);
        Assert.True(double.IsNaN(EqualErrorRate.Of([1], [true]).Rate));
    }

    [Fact]
    public void The_threshold_for_a_precision_finds_most()
    {
        var point = ThresholdChoice.ForPrecision(Scores, Right, 0.75)!.Value;
        Assert.Equal((0.6, 0.75, 0.75), (point.Threshold, point.Precision, point.Recall));
        // Lower precision at 0.8 comes before higher at 0.6: the points in between do not end the search.
        Assert.Equal(0.6, ThresholdChoice.ForPrecision(Scores, Right, 0.7)!.Value.Threshold);
        Assert.Equal(0.9, ThresholdChoice.ForPrecision(Scores, Right, 1)!.Value.Threshold);
        Assert.Equal(0.4, ThresholdChoice.ForPrecision(Scores, Right, 0)!.Value.Threshold);
        Assert.Null(ThresholdChoice.ForPrecision([2, 1], [false, true], 0.9));
        Assert.Throws<ArgumentOutOfRangeException>(() => ThresholdChoice.ForPrecision(Scores, Right, 1.1));
    }

    [Fact]
    public void The_threshold_for_a_rate_of_false_positives_keeps_it()
    {
        Assert.Equal(0.6, ThresholdChoice.ForFalsePositiveRate(Scores, Right, 0.25).Threshold);
        Assert.Equal(0.6, ThresholdChoice.ForFalsePositiveRate(Scores, Right, 0.49).Threshold);
        Assert.Equal(0.4, ThresholdChoice.ForFalsePositiveRate(Scores, Right, 1).Threshold);
        var none = ThresholdChoice.ForFalsePositiveRate([2, 1], [false, true], 0);
        Assert.Equal((double.PositiveInfinity, 0, 0.0), (none.Threshold, none.TruePositives, none.FalsePositiveRate));
        Assert.Throws<ArgumentOutOfRangeException>(() => ThresholdChoice.ForFalsePositiveRate(Scores, Right, double.NaN));
    }

    [Fact]
    public void The_threshold_for_a_recall_flags_few_others()
    {
        Assert.Equal(0.6, ThresholdChoice.ForRecall(Scores, Right, 0.75)!.Value.Threshold);
        Assert.Equal(0.4, ThresholdChoice.ForRecall(Scores, Right, 0.76)!.Value.Threshold);
        // Both reach the recall, and the higher one is right more often.
        Assert.Equal(0.9, ThresholdChoice.ForRecall(Scores, Right, 0.25)!.Value.Threshold);
        Assert.Null(ThresholdChoice.ForRecall([1], [false], 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => ThresholdChoice.ForRecall(Scores, Right, -1));
    }

    [Fact]
    public void The_threshold_of_the_best_F1_is_found()
    {
        // 3 of 4 found with one false: 6 / 8; all found with two false: 8 / 10.
        Assert.Equal(0.4, ThresholdChoice.ForF1(Scores, Right)!.Value.Threshold);
        Assert.Equal(0.9, ThresholdChoice.ForF1([0.9, 0.5, 0.4], [true, false, false])!.Value.Threshold);
        Assert.Null(ThresholdChoice.ForF1([0.9], [false]));
    }

    [Fact]
    public void The_temperature_is_the_one_that_makes_probabilities_true()
    {
        // Three of four are right at a difference of 2: p = ¾ means a difference of log 3.
        double[][] scores = [[2, 0], [2, 0], [0, 2], [2, 0]];
        var fitted = TemperatureScaling.Fit(scores, [0, 0, 1, 1]);
        Assert.Equal(2 / Math.Log(3), fitted.Temperature, 9);
        Assert.Equal(-((0.75 * Math.Log(0.75)) + (0.25 * Math.Log(0.25))), fitted.Loss, 9);
        Assert.Equal(Math.Log(1 + Math.Exp(-2)) + (2 / 4.0), fitted.LossBefore, 9);
    }

    [Fact]
    public void The_temperature_undoes_a_factor_and_has_bounds()
    {
        var random = new Random(17);
        double[][] scores = [.. Enumerable.Range(0, 200).Select(_ => Enumerable.Range(0, 5).Select(_ => random.NextDouble() * 4).ToArray())];
        int[] expected = [.. scores.Select(own => random.Next(2) == 0 ? Array.IndexOf(own, own.Max()) : random.Next(5))];
        var plain = TemperatureScaling.Fit(scores, expected);
        var scaled = TemperatureScaling.Fit([.. scores.Select(own => own.Select(score => (score * 3) + 1000).ToArray())], expected);
        Assert.Equal(3 * plain.Temperature, scaled.Temperature, 6);
        Assert.Equal(plain.Loss, scaled.Loss, 9);
        Assert.True(scaled.Loss <= scaled.LossBefore && plain.Loss <= plain.LossBefore);
        // Where all are right, a smaller temperature is better until the loss is nothing.
        var right = TemperatureScaling.Fit([[1, 0]], [0]);
        Assert.InRange(right.Temperature, 1e-3, 0.05);
        Assert.Equal(0, right.Loss, 12);
        Assert.Equal(1e3, TemperatureScaling.Fit([[1, 0]], [1]).Temperature, 3);
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Fit([], []));
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Fit([[1, 0]], [2]));
        Assert.Throws<ArgumentException>(() => TemperatureScaling.Fit([[1, double.NaN]], [0]));
    }
}
