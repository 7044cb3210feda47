using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Data.Text;
using Plinth.Recipes.Pipelines;

namespace Plinth.Tests.Recipes.Pipelines;

public sealed class FileRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<string[]> batches = [];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("in.csv", "out.jsonl")]
    [InlineData("in.csv", "out.csv")]
    [InlineData("in.csv", "out.parquet")]
    [InlineData("in.jsonl", "out.tsv")]
    [InlineData("in.jsonl", "out.parquet")]
    [InlineData("in.parquet", "out.jsonl.gz")]
    [InlineData("in.parquet", "out.parquet")]
    public void Rows_keep_their_order_and_their_other_columns(string input, string output)
    {
        var random = new Random(3);
        JsonObject[] rows = [.. Enumerable.Range(0, 137).Select(i => new JsonObject { ["id"] = $"r{i}", ["review"] = new string('x', random.Next(1, 60)), ["value"] = "carried" })];
        Write(input, rows);
        using var pipeline = Lengths(batchSize: 4);
        List<FileRunState> told = [];
        var state = FileRun.Run(pipeline, new() { Input = folder.Path(input), Output = folder.Path(output), Columns = new() { Text = "review" } }, told.Add, cancellation: Token);

        Assert.Equal((137, 0), (state.Rows, state.Bad));
        var written = Read(output);
        Assert.Equal(rows.Select(row => (string)row["id"]!), written.Select(row => (string)row["id"]!));
        // The input has a column of the answer's name, which stays.
        Assert.All(written, row => Assert.Equal("carried", (string)row["value"]!));
        Assert.All(written, row => Assert.Equal(((string)row["review"]!).Length, double.Parse(row["predicted_value"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture)));
        // Sorted by length within a window of 16 batches, in batches of 4.
        Assert.All(batches, batch => Assert.InRange(batch.Length, 1, 4));
        var lengths = batches.Take(16).SelectMany(batch => batch).Select(text => text.Length).ToList();
        Assert.Equal(lengths.OrderDescending(), lengths);
        Assert.Equal(told.Select(t => t.Rows).Order(), told.Select(t => t.Rows));
        Assert.All(told, t => Assert.InRange(t.Share, 0, 1));
        Assert.Equal(batches.Count, told.Count);
    }

    [Fact]
    public void A_bad_row_ends_the_run_with_its_place_and_leaves_the_old_output()
    {
        File.WriteAllText(folder.Path("out.jsonl"), "old");
        foreach (var (content, told) in new[]
        {
            ("{\"text\":\"a\"}\n{\"text\":\"bad\"}\n{\"text\":\"c\"}", "in.jsonl:2: 'bad' cannot be measured"),
            ("{\"text\":\"a\"}\n{\"no\":1}", "in.jsonl:2: there is no field 'text'"),
            ("{\"text\":\"a\"}\n{", "in.jsonl:2"),
        })
        {
            File.WriteAllText(folder.Path("in.jsonl"), content);
            using var pipeline = Lengths();
            Assert.Contains(told, Assert.Throws<BadInputException>(() => Run(pipeline, "in.jsonl", "out.jsonl")).Message, StringComparison.Ordinal);
            Assert.Equal("old", File.ReadAllText(folder.Path("out.jsonl")));
            Assert.Equal(2, Directory.GetFiles(folder.Root).Length);
        }
    }

    [Fact]
    public void Bad_rows_are_left_out_and_counted_when_asked_for()
    {
        File.WriteAllText(folder.Path("in.csv"), "text,id\na,1\nbad,2\nccc\n,4\neeeee,5\n");
        using var pipeline = Lengths();
        List<string> remarks = [];
        var state = FileRun.Run(pipeline, new() { Input = folder.Path("in.csv"), Output = folder.Path("out.csv"), SkipsBad = true }, null, remarks.Add, Token);
        Assert.Equal((2, 3), (state.Rows, state.Bad));
        Assert.Equal(["2", "3", "4", "5"], ((string[])["2", .. remarks.Select(r => r.Split("in.csv:")[1][..1]).Order()]));
        Assert.Equal("text,id,value\na,1,1\neeeee,5,5\n", File.ReadAllText(folder.Path("out.csv")));
    }

    [Fact]
    public void A_cancelled_run_leaves_nothing()
    {
        Write("in.jsonl", [.. Enumerable.Range(0, 100).Select(i => new JsonObject { ["text"] = $"t{i}" })]);
        using var stop = new CancellationTokenSource();
        using var pipeline = Lengths(batchSize: 2);
        Assert.Throws<OperationCanceledException>(() => FileRun.Run(
            pipeline, new() { Input = folder.Path("in.jsonl"), Output = folder.Path("out.parquet") }, state => { if (state.Rows >= 10) { stop.Cancel(); } }, cancellation: stop.Token));
        Assert.Equal([folder.Path("in.jsonl")], Directory.GetFiles(folder.Root));
        Assert.Equal(5, batches.Count);
    }

    [Fact]
    public void An_empty_file_gives_an_empty_file()
    {
        File.WriteAllText(folder.Path("in.csv"), "text\n");
        using var pipeline = Lengths();
        Assert.Equal(0, Run(pipeline, "in.csv", "out.csv").Rows);
        Assert.Equal("value\n", File.ReadAllText(folder.Path("out.csv")));
        Assert.Equal(0, Run(pipeline, "in.csv", "out.parquet").Rows);
        Assert.Empty(Read("out.parquet"));
    }

    [Fact]
    public void Memory_does_not_grow_with_the_file()
    {
        using (var writer = new StreamWriter(folder.Path("in.jsonl")))
        {
            for (var i = 0; i < 60_000; i++)
            {
                writer.WriteLine($$"""{"text":"{{new string('a', 500)}}","id":{{i}}}""");
            }
        }

        using var pipeline = Lengths(32);
        List<long> held = [];
        FileRun.Run(pipeline, new() { Input = folder.Path("in.jsonl"), Output = folder.Path("out.parquet") }, state =>
        {
            if (state.Rows % 8192 == 0)
            {
                batches.Clear();
                held.Add(GC.GetTotalMemory(forceFullCollection: true));
            }
        }, cancellation: Token);
        // From the first of these places on 26 MB of the file are read, twice that in memory; held are a window and a row group. What other tests
        // have left, and is freed meanwhile, only makes it less.
        Assert.Equal(7, held.Count);
        Assert.True(held[^1] - held[0] < 16 << 20, string.Join(", ", held));
        Assert.Equal(60_000, Read("out.parquet").Count);
    }

    [Fact]
    public void A_file_with_answers_can_be_answered_again()
    {
        File.WriteAllText(folder.Path("in.csv"), "text,value,predicted_value\nab,x,y\n");
        using var pipeline = Lengths();
        Run(pipeline, "in.csv", "in.csv");
        Assert.Equal("text,value,predicted_value,predicted_predicted_value\nab,x,y,2\n", File.ReadAllText(folder.Path("in.csv")));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FileRunState Run(TaskPipeline pipeline, string input, string output) =>
        FileRun.Run(pipeline, new() { Input = folder.Path(input), Output = folder.Path(output) }, cancellation: Token);

    // A pipeline without a model: it measures texts.
    private TaskPipeline Lengths(int batchSize = 32) => new(AnswerFields.Number, batchSize, (samples, _) =>
    {
        batches.Add([.. samples.Select(sample => sample.Text)]);
        return [.. samples.Select(sample => sample.Text == "bad" ? throw new BadInputException("'bad' cannot be measured.") : new NumberAnswer(sample.Text.Length))];
    });

    private void Write(string name, IReadOnlyList<JsonObject> rows)
    {
        using var stream = File.Create(folder.Path(name));
        using var sink = RowFiles.Create(name, stream, DataColumn.Of(rows));
        foreach (var row in rows)
        {
            sink.Write(row, "");
        }

        sink.Complete();
    }

    private List<JsonObject> Read(string name)
    {
        using var source = RowFiles.Open(folder.Path(name));
        return [.. source.Rows().Select(row => row.Fields)];
    }
}
