using Plinth.Recipes.Reports;
using Xunit;

namespace Plinth.Tests.Recipes.Reports;

public class SummaryTableTests
{
    private static readonly SummaryTable Table = new("Scores", "Method", ["50", "all"],
    [
        new("Kind (accuracy)", [new("Pre-trained", [Measurement.Of(0.5, 0.7), Measurement.Of(0.9001)]), new("Random", [Measurement.Of(0.4), Measurement.Of(0.9004)])]),
        new("Text (perplexity)", [new("Pre-trained", [null, Measurement.Of(20)]), new("Random", [Measurement.Of(5), Measurement.Of(60)])]) { LowerIsBetter = true, Format = "0.0" },
    ]);

    [Fact]
    public void Mean_and_sample_deviation()
    {
        // Deviations -2 0 2 from 4: (4 + 4) / (3 - 1) = 4, whose root is 2.
        var measurement = Measurement.Of(2, 4, 6);
        Assert.Equal((4.0, 2.0), (measurement.Mean, measurement.Deviation));
        Assert.Equal("4.0 ± 2.0", measurement.ToText("0.0"));
        Assert.Equal("2.000", Measurement.Of(2).ToText());
        Assert.Equal("–", Measurement.Of().ToText());
        Assert.Equal("–", Measurement.Of(double.NaN, 1).ToText());
    }

    [Fact]
    public void The_best_of_each_group_and_column_is_marked()
    {
        var rows = Table.ToReportTable().Rows;
        Assert.Equal([true, true], Marks(1));
        // Equal as far as printed: both are the best.
        Assert.Equal([false, true], Marks(2));
        // Without a competitor nobody is; else the lowest perplexity is.
        Assert.Equal([false, true], Marks(4));
        Assert.Equal([false, false], Marks(5));
        Assert.Equal(["Kind (accuracy)", "Pre-trained", "Random", "Text (perplexity)", "Pre-trained", "Random"], rows.Select(row => row[0].Text));

        IEnumerable<bool> Marks(int row) => rows[row].Skip(1).Select(cell => cell.IsBest);
    }

    [Fact]
    public void A_missing_competitor_makes_nobody_the_best() =>
        Assert.False(new SummaryGroup("g", [new("a", [Measurement.Of(1)]), new("b", [null])]).IsBest(new("a", [Measurement.Of(1)]), 0));

    [Fact]
    public void Plain_text_is_aligned()
    {
        var lines = Table.ToText().Split('\n');
        Assert.Equal(
            [
                "Scores",
                "Method                     50     all",
                "Kind (accuracy)",
                "  Pre-trained   0.600 ± 0.141*  0.900*",
                "  Random                0.400   0.900*",
                "Text (perplexity)",
                "  Pre-trained               –    20.0*",
                "  Random                  5.0    60.0",
                "",
            ],
            lines);
    }
}
