using System.Text.Json;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Preparation;

namespace Plinth.Tests.Data.Text.Preparation;

public sealed class CorpusPreparationTests
{
    [Fact]
    public void What_comes_out_does_not_depend_on_the_number_of_threads()
    {
        using var folder = new TemporaryFolder();
        WriteInput(folder, 400);
        CorpusPreparation.Run(Plan(folder, "one") with { Threads = 1 }, cancellation: Token);
        CorpusPreparation.Run(Plan(folder, "many") with { Threads = 5 }, cancellation: Token);
        Assert.Equal(Files(folder.Path("one")), Files(folder.Path("many")));
    }

    [Fact]
    public void Interrupted_anywhere_it_ends_with_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        WriteInput(folder, 2000);
        CorpusPreparation.Run(Plan(folder, "whole"), cancellation: Token);
        var interruptions = 0;
        for (var isDone = false; !isDone;)
        {
            using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var stopAfter = 2 + (interruptions % 3);
            try
            {
                var told = 0;
                CorpusPreparation.Run(Plan(folder, "parts"), _ => { if (++told == stopAfter) { interrupt.Cancel(); } }, cancellation: interrupt.Token);
                isDone = true;
            }
            catch (OperationCanceledException)
            {
                interruptions++;
            }
        }

        Assert.InRange(interruptions, 2, 100);
        Assert.Equal(Files(folder.Path("whole")), Files(folder.Path("parts")));
    }

    [Fact]
    public void A_damaged_part_is_done_again()
    {
        using var folder = new TemporaryFolder();
        WriteInput(folder, 2000);
        CorpusPreparation.Run(Plan(folder, "whole"), cancellation: Token);
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var told = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => CorpusPreparation.Run(Plan(folder, "parts"), _ => { if (++told == 5) { interrupt.Cancel(); } }, cancellation: interrupt.Token));
        var shards = Directory.GetFiles(folder.Path("parts", "corpus")).Order(StringComparer.Ordinal).ToArray();
        Assert.True(shards.Length > 1);
        File.AppendAllText(shards[^1], "half a line");
        CorpusPreparation.Run(Plan(folder, "parts"), cancellation: Token);
        Assert.Equal(Files(folder.Path("whole")), Files(folder.Path("parts")));
    }

    [Fact]
    public void A_preparation_whose_folder_is_taken_away_stops_and_leaves_nothing_in_its_place()
    {
        using var folder = new TemporaryFolder();
        WriteInput(folder, 2000);
        var told = 0;
        var error = Assert.Throws<PlinthException>(() => CorpusPreparation.Run(Plan(folder, "out"), _ => { if (++told == 3) { Directory.Move(folder.Path("out"), folder.Path("away")); } }, cancellation: Token));
        Assert.Contains($"'{folder.Path("out")}' of this preparation is gone", error.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(folder.Path("out")));
        Directory.Move(folder.Path("away"), folder.Path("out"));
        CorpusPreparation.Run(Plan(folder, "out"), cancellation: Token);
        CorpusPreparation.Run(Plan(folder, "whole"), cancellation: Token);
        Assert.Equal(Files(folder.Path("whole")), Files(folder.Path("out")));
    }

    [Fact]
    public void Every_document_is_accounted_for_and_can_be_read_again()
    {
        using var folder = new TemporaryFolder();
        WriteInput(folder, 300);
        var record = CorpusPreparation.Run(Plan(folder, "out") with { Compresses = true }, cancellation: Token);
        Assert.Equal(300, record.DocumentsRead);
        Assert.True(record.Steps.All(step => step.DocumentsIn == step.DocumentsOut + step.Rejected.Values.Sum()));
        Assert.Equal(record.DocumentsRead - record.DocumentsKept, File.ReadLines(folder.Path("out", "rejects.jsonl")).Count());
        Assert.Equal(record.DocumentsKept, CorpusFiles.Open(folder.Path("out", "corpus")).LongCount());
        Assert.Equal(100, record.Steps.Single(step => step.Name == "exact_duplicates").Rejected["copy"]);
        Assert.Equal(record.DocumentsKept, record.Licenses["CC0-1.0"]);
        Assert.Equal(record.DocumentsKept, record.Origins["here"]);
        Assert.Equal(record.DocumentsKept, PreparationRecord.Find(folder.Path("out", "corpus"))?.DocumentsKept);
        Assert.Equal(record.DocumentsKept, PreparationRecord.Find(folder.Path("out", "corpus", "shard-00000.jsonl.gz"))?.DocumentsKept);
        Assert.Null(PreparationRecord.Find(folder.Path("out", "report.md")));
        using var reject = JsonDocument.Parse(File.ReadLines(folder.Path("out", "rejects.jsonl")).First());
        Assert.Equal("copy", reject.RootElement.GetProperty("rule").GetString());
        Assert.Contains("| exact_duplicates |", File.ReadAllText(folder.Path("out", "report.md")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Path("out", "unfinished")));
    }

    [Fact]
    public void A_step_counts_only_what_those_before_it_let_through()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.Path("in.txt"), ["mail a@b.example now please", "mail a@b.example now please", "nothing here"]);
        var record = CorpusPreparation.Run(new()
        {
            Folder = folder.Path("out"), Sources = [new() { Path = folder.Path("in.txt"), Unit = TextUnit.Line }], Steps = [new ExactDuplicates(), new PersonalData()],
        }, cancellation: Token);
        Assert.Equal((3L, 2L), (record.Steps[0].DocumentsIn, record.Steps[1].DocumentsIn));
        Assert.Equal(1, record.Steps[1].Done["e_mail"]);
    }

    [Fact]
    public void A_folder_with_another_preparation_or_other_documents_is_refused()
    {
        using var folder = new TemporaryFolder();
        WriteInput(folder, 2000);
        var first = CorpusPreparation.Run(Plan(folder, "out"), cancellation: Token);
        Assert.Equal(first.Shards, CorpusPreparation.Run(Plan(folder, "out"), cancellation: Token).Shards);
        Assert.Throws<BadInputException>(() => CorpusPreparation.Run(Plan(folder, "out") with { Steps = [new LengthLimits()] }, cancellation: Token));
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var told = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => CorpusPreparation.Run(Plan(folder, "changed"), _ => { if (++told == 5) { interrupt.Cancel(); } }, cancellation: interrupt.Token));
        File.WriteAllText(folder.Path("in.jsonl"), File.ReadAllText(folder.Path("in.jsonl")).Replace("w1 ", "w2 ", StringComparison.Ordinal));
        Assert.Throws<BadInputException>(() => CorpusPreparation.Run(Plan(folder, "changed"), cancellation: Token));
        File.AppendAllText(Path.Combine(folder.Path("out"), first.Shards[0].File), "x");
        Assert.Throws<BadInputException>(() => CorpusPreparation.Run(Plan(folder, "out"), cancellation: Token));
    }

    [Fact]
    public void Half_a_shard_of_a_killed_process_is_removed()
    {
        using var folder = new TemporaryFolder();
        WriteInput(folder, 30);
        Directory.CreateDirectory(folder.Path("out", "corpus"));
        var half = folder.Path("out", "corpus", ".shard-00000.jsonl.0a.tmp");
        File.WriteAllText(half, "{");
        CorpusPreparation.Run(Plan(folder, "out"), cancellation: Token);
        Assert.False(File.Exists(half));
    }

    [Theory]
    [InlineData("""{"prepared": true}""")]
    [InlineData("[1]")]
    [InlineData("not JSON")]
    public void A_foreign_file_of_the_same_name_is_no_record(string content)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path(PreparationRecord.FileName), content);
        Assert.Null(PreparationRecord.Find(folder.Path("corpus", "texts.txt")));
        Assert.Throws<BadInputException>(() => PreparationRecord.Load(folder.Path(PreparationRecord.FileName)));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static PreparationPlan Plan(TemporaryFolder folder, string name) => new()
    {
        Folder = folder.Path(name),
        Sources = [new() { Path = folder.Path("in.jsonl"), License = "CC0-1.0", Origin = "here" }],
        Steps = [new UnicodeRepair(), new LengthLimits { MinimumCharacters = 10 }, new ExactDuplicates(), new NearDuplicates(), new PersonalData()],
        ShardCharacters = 50_000,
        Threads = 2,
    };

    /// <summary>Of three documents one is a copy of another.</summary>
    private static void WriteInput(TemporaryFolder folder, int count)
    {
        var random = new Random(7);
        List<string> texts = [];
        for (var i = 0; i < count; i++)
        {
            texts.Add(i % 3 == 2 ? texts[random.Next(i / 3) * 3] : string.Join(' ', Enumerable.Range(0, 60).Select(_ => $"w{random.Next(3000)}")) + " ann@mail.example");
        }

        File.WriteAllLines(folder.Path("in.jsonl"), texts.Select(text => JsonSerializer.Serialize(new { text })));
    }

    private static List<(string Name, string Content)> Files(string folder) =>
        [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path => (Path.GetRelativePath(folder, path), File.ReadAllText(path)))];
}
