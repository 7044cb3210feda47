using Plinth.Tasks.Metrics;
using Xunit;

namespace Plinth.Tests.Tasks.Metrics;

public class ClassificationMetricTests
{
    // Class 0: TP 1, FP 1, FN 1; class 1: TP 2, FP 1, FN 0; class 2: TP 1, FP 0, FN 1.
    private static readonly int[] Predicted = [0, 0, 1, 1, 1, 2];
    private static readonly int[] Expected = [0, 2, 1, 1, 0, 2];

    [Fact]
    public void Accuracy_counts_right_answers() => Assert.Equal(4.0 / 6, Accuracy.Of(Predicted, Expected), 12);

    [Fact]
    public void F1_from_counted_errors()
    {
        Assert.Equal(0.8, F1.Binary(Predicted, Expected), 12);
        Assert.Equal(0.5, F1.Binary(Predicted, Expected, positive: 0), 12);
        Assert.Equal(2.0 / 3, F1.Binary(Predicted, Expected, positive: 2), 12);
        Assert.Equal((0.5 + 0.8 + (2.0 / 3)) / 3, F1.Macro(Predicted, Expected), 12);
        Assert.Equal(4.0 / 6, F1.Micro(Predicted, Expected), 12);
    }

    [Fact]
    public void A_predicted_class_that_nobody_expects_lowers_the_macro_mean() =>
        Assert.Equal((1 + (2.0 / 3) + 0) / 3, F1.Macro([0, 1, 9], [0, 1, 1]), 12);

    [Fact]
    public void F1_of_sets()
    {
        IReadOnlyCollection<int>[] predicted = [[0, 1], [1], []];
        IReadOnlyCollection<int>[] expected = [[0], [1, 2], []];
        Assert.Equal(2.0 * 2 / (3 + 3), F1.MicroOfSets(predicted, expected), 12);
        Assert.Equal((1 + (2.0 / 3) + 0 + 0) / 4, F1.MacroOfSets(predicted, expected, 4), 12);
        Assert.Equal(1.0 / 3, Accuracy.OfSets(predicted, expected), 12);
        Assert.Throws<ArgumentException>(() => F1.MacroOfSets(predicted, expected, 2));
    }

    [Fact]
    public void Matthews_of_two_classes_is_the_four_cell_formula()
    {
        int[] predicted = [.. Enumerable.Repeat(1, 6), .. Enumerable.Repeat(0, 4)];
        int[] expected = [1, 1, 1, 1, 1, 0, 0, 0, 0, 1];
        var (tp, fp, tn, fn) = (5.0, 1.0, 3.0, 1.0);
        var wanted = ((tp * tn) - (fp * fn)) / Math.Sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
        Assert.Equal(wanted, MatthewsCorrelation.Of(predicted, expected), 12);
    }

    [Fact]
    public void Matthews_of_two_classes_is_their_Pearson_correlation()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 50; trial++)
        {
            int[] expected = [0, 1, .. Enumerable.Range(0, 30).Select(_ => random.Next(2))];
            int[] predicted = [0, 1, .. Enumerable.Range(0, 30).Select(_ => random.Next(2))];
            var wanted = Pearson.Of([.. predicted.Select(v => (double)v)], [.. expected.Select(v => (double)v)]);
            Assert.Equal(wanted, MatthewsCorrelation.Of(predicted, expected), 10);
        }
    }

    [Fact]
    public void Renaming_classes_or_reordering_samples_changes_nothing()
    {
        var random = new Random(4);
        for (var trial = 0; trial < 50; trial++)
        {
            var expected = Enumerable.Range(0, 40).Select(_ => random.Next(5)).ToArray();
            var predicted = expected.Select(v => random.Next(3) == 0 ? random.Next(5) : v).ToArray();
            var order = Enumerable.Range(0, 40).ToArray();
            random.Shuffle(order);
            int[] otherPredicted = [.. order.Select(i => 100 - predicted[i])];
            int[] otherExpected = [.. order.Select(i => 100 - expected[i])];
            Assert.Equal(Accuracy.Of(predicted, expected), Accuracy.Of(otherPredicted, otherExpected), 12);
            Assert.Equal(F1.Macro(predicted, expected), F1.Macro(otherPredicted, otherExpected), 12);
            Assert.Equal(F1.Micro(predicted, expected), Accuracy.Of(predicted, expected), 12);
            Assert.Equal(MatthewsCorrelation.Of(predicted, expected), MatthewsCorrelation.Of(otherPredicted, otherExpected), 12);
            Assert.Equal(1, F1.Macro(expected, expected), 12);
        }
    }

    [Fact]
    public void Degenerate_inputs_are_defined()
    {
        Assert.True(double.IsNaN(Accuracy.Of([], [])));
        Assert.True(double.IsNaN(F1.Binary([], [])));
        Assert.True(double.IsNaN(F1.Macro([], [])));
        Assert.True(double.IsNaN(F1.Micro([], [])));
        Assert.True(double.IsNaN(MatthewsCorrelation.Of([], [])));
        Assert.Equal(0, F1.Binary([0, 0], [0, 0]));
        Assert.Equal(0, F1.MicroOfSets([[], []], [[], []]));
        Assert.Equal(0, MatthewsCorrelation.Of([1, 1, 1], [1, 0, 1]));
        Assert.Throws<ArgumentException>(() => Accuracy.Of([1], [1, 2]));
    }
}
