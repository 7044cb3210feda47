using Plinth.Tasks.Metrics;

namespace Plinth.Tests.Tasks.Metrics;

/// <summary>Scores of several classes against the rest, and whether probabilities are true.</summary>
public sealed class ClassRankingTests
{
    [Fact]
    public void The_average_precision_is_the_documented_one_of_a_known_example()
    {
        // The example that scikit-learn documents for its function of this name.
        Assert.Equal(5 / 6.0, AveragePrecision.Of([0.1, 0.4, 0.35, 0.8], [false, false, true, true]), 12);
        Assert.Equal(1, AveragePrecision.Of([3, 2, 1], [true, true, false]), 12);
        // Equal scores stand together, so chance gives the share of the positives.
        Assert.Equal(0.25, AveragePrecision.Of([1, 1, 1, 1], [true, false, false, false]), 12);
        Assert.True(double.IsNaN(AveragePrecision.Of([1], [false])));
    }

    [Fact]
    public void The_mean_over_classes_leaves_out_those_that_all_or_none_have()
    {
        double[][] scores = [[0.9, 0.1, 0.5, 0.2], [0.2, 0.8, 0.5, 0.1], [0.6, 0.4, 0.5, 0.3], [0.5, 0.6, 0.5, 0.9]];
        int[][] sets = [[0, 2], [1, 2], [2], [0, 1, 2]];
        var first = RocAuc.Of([0.9, 0.2, 0.6, 0.5], [true, false, false, true]);
        var second = RocAuc.Of([0.1, 0.8, 0.4, 0.6], [false, true, false, true]);
        Assert.Equal((0.75, 1.0), (first, second));
        var ranking = ClassRanking.Of(scores, sets, Enumerable.Range(0, 4));
        Assert.Equal(0.875, ranking.RocAuc, 12);
        Assert.Equal((AveragePrecision.Of([0.9, 0.2, 0.6, 0.5], [true, false, false, true]) + 1) / 2, ranking.AveragePrecision, 12);
        Assert.Equal(1, ClassRanking.Of(scores, sets, [1]).RocAuc, 12);
        Assert.True(double.IsNaN(ClassRanking.Of(scores, sets, [2, 3]).RocAuc));
        Assert.Throws<ArgumentException>(() => ClassRanking.Of(scores, [[0]], [0]));
    }

    [Fact]
    public void The_calibration_error_is_as_worked_out_by_hand()
    {
        // Bins of a half: 0.1 and 0.3 happen never (0.2 too high), 0.6 and 1 happen once in two (0.3 too high).
        Assert.Equal(0.25, CalibrationError.Of([0.1, 0.3, 0.6, 1], [false, false, true, false], 2), 12);
        Assert.Equal(0, CalibrationError.Of([0, 1], [false, true]), 12);
        // What is said too low in one sample and too high in another of its bin is true of both.
        Assert.Equal(0, CalibrationError.Of([0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7], [true, true, true, true, true, true, true, false, false, false]), 12);
        Assert.True(double.IsNaN(CalibrationError.Of([], [])));
        Assert.Throws<ArgumentException>(() => CalibrationError.Of([1.1], [true]));
        Assert.Throws<ArgumentException>(() => CalibrationError.Of([double.NaN], [true]));
    }
}
