using System.Globalization;
using Plinth.Core;
using Plinth.Training.Observers;

namespace Plinth.Tests.Training.Observers;

public sealed class CsvObserverTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string path;

    public CsvObserverTests() => path = folder["logs/run.csv"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_row_has_the_columns_of_the_header()
    {
        var observer = new CsvObserver(path);
        observer.Started(Reports.Start());
        observer.Stepped(Reports.Step(10) with
        {
            Terms = new Dictionary<string, double> { ["masked_lm"] = 4 }, BlockGradientNorms = new Dictionary<string, double> { ["layers.0"] = 0.5, ["layers.1"] = 0.25 }, Utilization = 0.5,
        });
        observer.Evaluated(Reports.Evaluation(10, double.NaN, best: false));
        observer.Ended(Reports.End(10));
        var text = File.ReadAllText(path);
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        var rows = text.Split("\r\n")[..^1].Select(line => line.Split(',')).ToList();
        Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));
        Assert.Equal(["event", "step", "term", "gradient_norm", "gradient_norm", "evaluation", "evaluation"], rows.Select(row => row[0]));
        string Of(int row, string column) => rows[row][Array.IndexOf(rows[0], column)];
        Assert.Equal(4.4, double.Parse(Of(1, "loss"), CultureInfo.InvariantCulture));
        Assert.Equal("8589934592", Of(1, "resident_bytes"));
        Assert.Equal("0.5", Of(1, "utilization"));
        Assert.Equal("", Of(1, "data_wait_share"));
        Assert.Equal(("masked_lm", "4", ""), (Of(2, "name"), Of(2, "value"), Of(2, "loss")));
        Assert.Equal(("layers.1", "0.25"), (Of(4, "name"), Of(4, "value")));
        Assert.Equal(("loss", "NaN"), (Of(5, "name"), Of(5, "value")));
    }

    [Fact]
    public void Names_are_quoted_where_they_must_be_and_stay_on_their_line()
    {
        var observer = new CsvObserver(path);
        observer.Started(Reports.Start());
        observer.Evaluated(new(3, new Dictionary<string, double> { ["f1 of \"a, b\"\r\nc"] = 1 }, false));
        Assert.Equal(2, File.ReadLines(path).Count());
        Assert.Contains(",\"f1 of \"\"a, b\"\"  c\",1,", File.ReadAllLines(path)[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_resumed_run_goes_on_behind_its_first_step_without_what_was_cut_off()
    {
        Reports.Play(new CsvObserver(path));
        File.AppendAllText(path, "step,14,2026-01");
        var resumed = new CsvObserver(path);
        resumed.Started(Reports.Start(firstStep: 15));
        resumed.Stepped(Reports.Step(20));
        var rows = File.ReadLines(path).Select(line => line.Split(',')).ToList();
        Assert.Equal(["event", "step", "evaluation", "evaluation", "step"], rows.Select(row => row[0]));
        Assert.Equal(["10", "10", "10", "20"], rows.Skip(1).Select(row => row[1]));
    }

    [Fact]
    public void A_new_run_begins_the_table_anew()
    {
        Reports.Play(new CsvObserver(path));
        var size = new FileInfo(path).Length;
        Reports.Play(new CsvObserver(path));
        Assert.Equal(size, new FileInfo(path).Length);
    }

    [Theory]
    [InlineData("other,columns", "other columns")]
    [InlineData(null, "Line 2")]
    public void A_table_that_is_none_of_a_run_is_left_alone(string? header, string told)
    {
        new CsvObserver(path).Started(Reports.Start());
        var spoilt = (header ?? File.ReadAllText(path).TrimEnd()) + "\r\nnonsense\r\n";
        File.WriteAllText(path, spoilt);
        var error = Assert.Throws<BadInputException>(() => new CsvObserver(path).Started(Reports.Start(firstStep: 5)));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.Equal(spoilt, File.ReadAllText(path));
    }
}
