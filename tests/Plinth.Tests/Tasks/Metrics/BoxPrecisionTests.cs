using Plinth.Core;
using Plinth.Tasks.Metrics;

namespace Plinth.Tests.Tasks.Metrics;

public sealed class BoxPrecisionTests
{
    private static readonly Box Square = new(0, 0, 10, 10);

    [Fact]
    public void The_documented_example_of_another_implementation_is_met()
    {
        // TorchMetrics documents 0.6, 1 and 1 for it: an overlap of 0.776 is enough six times of ten.
        var score = BoxPrecision.Of([[new(0, new(258, 41, 606, 285), 0.536)]], [[new(0, new(214, 41, 562, 285))]]);
        Assert.Equal((0.6, 1.0, 1.0), (Math.Round(score.Mean, 12), score.AtHalf, score.AtThreeQuarters));
        Assert.Equal(0.6, score.Recall, 12);
    }

    [Fact]
    public void Precision_between_the_recalls_is_the_best_further_on()
    {
        // Right, wrong, right of two things: 1 up to a recall of ½ (51 of the 101), then ⅔ (50).
        var far = new Box(100, 100, 110, 110);
        var score = BoxPrecision.Of(
            [[new(0, Square, 0.9), new(0, new(50, 50, 60, 60), 0.8), new(0, far, 0.7)]],
            [[new(0, Square), new(0, far)]]);
        Assert.Equal((51 + (50 * 2 / 3.0)) / 101, score.Mean, 12);
        Assert.Equal(score.Mean, score.AtThreeQuarters, 12);
        Assert.Equal(1, score.Recall, 12);
    }

    [Fact]
    public void A_thing_is_found_once_by_the_surest_claim()
    {
        // The second claim fits better, and comes too late.
        var score = BoxPrecision.Of([[new(0, Square, 0.5), new(0, new(0, 0, 10, 8), 0.9)]], [[new(0, Square)]]);
        Assert.Equal(1, score.AtHalf, 12);
        // At 0.50 to 0.80 the surer one takes it; above, it is wrong, and the other right in second place.
        Assert.Equal(((7 * 1) + (3 * 0.5)) / 10, score.Mean, 12);
    }

    [Fact]
    public void Claims_of_all_pictures_stand_in_one_order_and_classes_count_alike()
    {
        // Class 0: the surest claim of all is wrong, in a picture without it. Class 1: found. Class 2 is claimed and not there.
        var score = BoxPrecision.Of(
            [[new(0, Square, 0.6), new(1, Square, 0.1), new(2, Square, 1)], [new(0, Square, 0.7)]],
            [[new(0, Square), new(1, Square)], []]);
        Assert.Equal(0.5, score.ByClass[0], 12);
        Assert.Equal(1, score.ByClass[1], 12);
        Assert.Equal([0, 1], score.ByClass.Keys.Order());
        Assert.Equal(0.75, score.Mean, 12);
    }

    [Fact]
    public void What_lies_in_a_crowd_is_neither_right_nor_wrong()
    {
        var crowd = new ExpectedBox(0, new(100, 0, 200, 100), IsCrowd: true);
        var claims = new DetectedBox[] { new(0, new(110, 10, 120, 20), 0.9), new(0, new(150, 50, 160, 60), 0.8), new(0, Square, 0.7) };
        Assert.Equal(1, BoxPrecision.Of([claims], [[crowd, new(0, Square)]]).Mean, 12);
        Assert.Equal(1 / 3.0, BoxPrecision.Of([claims], [[new(0, Square)]]).Mean, 12);
        Assert.True(double.IsNaN(BoxPrecision.Of([claims], [[crowd]]).Mean));
    }

    [Fact]
    public void Only_the_surest_hundred_count_and_bad_inputs_are_refused()
    {
        var wrong = Enumerable.Range(0, 100).Select(i => new DetectedBox(0, new(50, 50, 60, 60), 0.9)).ToList();
        Assert.Equal(0, BoxPrecision.Of([[.. wrong, new(0, Square, 0.1)]], [[new(0, Square)]]).Mean);
        Assert.Equal(1 / 100.0, BoxPrecision.Of([[.. wrong.Skip(1), new(0, Square, 0.1)]], [[new(0, Square)]]).Mean, 12);
        Assert.Throws<ArgumentException>(() => BoxPrecision.Of([[new(0, Square, double.NaN)]], [[]]));
        Assert.Throws<ArgumentException>(() => BoxPrecision.Of([[]], []));
        Assert.Equal(0, BoxPrecision.Of([[]], [[new(0, Square)]]).Mean);
    }
}
