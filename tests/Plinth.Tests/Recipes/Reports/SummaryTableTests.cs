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
        Assert.Equal([true, true], rows[0].Skip(2).Select(cell => cell.IsBest));
        // Equal as far as printed: both are the best.
        Assert.Equal([false, true], rows[1].Skip(2).Select(cell => cell.IsBest));
        // Without a competitor nobody is; else the lowest perplexity is.
        Assert.Equal([false, true], rows[2].Skip(2).Select(cell => cell.IsBest));
        Assert.Equal([false, false], rows[3].Skip(2).Select(cell => cell.IsBest));
        Assert.Equal(["Kind (accuracy)", "", "Text (perplexity)", ""], rows.Select(row => row[0].Text));
    }

    [Fact]
    public void Plain_text_is_aligned()
    {
        var lines = Table.ToText().Split('\n');
        Assert.Equal("Scores", lines[0]);
        // Every number, or its star, ends in the same place.
        Assert.Equal(lines[2].IndexOf('*', StringComparison.Ordinal), lines[1].IndexOf("50", StringComparison.Ordinal) + 2);
        Assert.Equal(lines[2].LastIndexOf('*'), lines[3].LastIndexOf('*'));
        Assert.Equal(lines[2].LastIndexOf('*'), lines[4].LastIndexOf('*'));
        Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
    }
}
