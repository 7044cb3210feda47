using System.Text;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Data.Text;

namespace Plinth.Tests.Data.Formats;

public sealed class RowFilesTests : IDisposable
{
    private static readonly DataColumn[] Columns =
    [
        new("text", ColumnKind.Text), new("whole", ColumnKind.Whole), new("number", ColumnKind.Number), new("flag", ColumnKind.Flag),
        new("vector", ColumnKind.Vector), new("json", ColumnKind.Json),
    ];

    private static readonly string[] Lines =
    [
        """{"text":"one, \"two\"\nthree 😀","whole":9007199254740993,"number":0.1,"flag":true,"vector":[1.5,-2],"json":{"a":[1,null]}}""",
        """{"text":"","whole":null,"number":null,"flag":null,"vector":null,"json":null}""",
        """{"text":"täg\tx","whole":-1,"number":2,"flag":false,"vector":[],"json":[]}""",
        """{"text":" y ","whole":3,"number":1e300,"flag":true,"vector":[0.25],"json":"z"}""",
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("rows.jsonl")]
    [InlineData("rows.jsonl.gz")]
    [InlineData("rows.jsonl.zst")]
    [InlineData("rows.csv")]
    [InlineData("rows.csv.gz")]
    [InlineData("rows.tsv")]
    [InlineData("rows.parquet")]
    public void What_is_written_is_read_again(string name)
    {
        var path = Write(name, Lines);
        using var source = RowFiles.Open(path);
        Assert.Equal(0, source.Progress);
        var rows = source.Rows().ToList();
        Assert.Equal(1, source.Progress);
        Assert.Equal(Lines.Length, rows.Count);
        for (var i = 0; i < Lines.Length; i++)
        {
            var expected = Parse(Lines[i]);
            Assert.Equal(Columns.Select(column => column.Name), rows[i].Fields.Select(field => field.Key));
            foreach (var column in Columns)
            {
                var (wanted, found) = (expected[column.Name], rows[i].Fields[column.Name]);
                if (rows[i].IsText)
                {
                    Assert.Equal(wanted is null ? "" : wanted is JsonValue text && text.TryGetValue<string>(out var plain) ? plain : wanted.ToJsonString(), found!.GetValue<string>());
                }
                else if (name.EndsWith(".parquet", StringComparison.Ordinal) && column.Kind == ColumnKind.Json)
                {
                    Assert.Equal(wanted?.ToJsonString(), found?.GetValue<string>());
                }
                else
                {
                    Assert.True(JsonNode.DeepEquals(wanted, found), $"{column.Name} of row {i}: {wanted?.ToJsonString()} became {found?.ToJsonString()}");
                }
            }
        }

        Assert.Contains(name.EndsWith(".parquet", StringComparison.Ordinal) ? "row 3" : ":", rows[2].Place, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_row_groups_come_in_order()
    {
        var path = Write("many.parquet", Enumerable.Range(0, 10_000).Select(i => $$"""{"text":"t{{i}}","whole":{{i}}}"""));
        using var source = RowFiles.Open(path);
        Assert.Equal(Columns, source.Columns!.Select(column => column.Kind == ColumnKind.Text && column.Name == "json" ? column with { Kind = ColumnKind.Json } : column));
        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => (long)i), source.Rows().Select(row => row.Fields["whole"]!.GetValue<long>()));
    }

    [Fact]
    public void Columns_are_found_in_rows_that_do_not_say_them()
    {
        JsonObject[] rows = [Parse("""{"a":1,"b":"x","c":true,"d":null}"""), Parse("""{"a":1.5,"b":2,"e":[1],"c":null}""")];
        Assert.Equal(
            [new("a", ColumnKind.Number), new("b", ColumnKind.Json), new("c", ColumnKind.Flag), new("d", ColumnKind.Text), new DataColumn("e", ColumnKind.Json)],
            DataColumn.Of(rows));
    }

    [Fact]
    public void Bad_rows_end_the_reading_or_are_counted()
    {
        foreach (var (name, content, good, places) in new[]
        {
            ("b.jsonl", "{\"a\":1}\nnothing\n{\"a\":2}\n[3]\n{\"a\":4}", "1 2 4", "b.jsonl:2 b.jsonl:4"),
            ("b.csv", "a,b\n1,x\n2\n\"3\"y,z\n4,w\n", "1 4", "b.csv:3 b.csv:4"),
        })
        {
            var path = folder.Path(name);
            File.WriteAllText(path, content);
            List<string> told = [];
            using var source = RowFiles.Open(path, new() { BadRow = error => told.Add(error.Message) });
            Assert.Equal(good, string.Join(' ', source.Rows().Select(row => row.Fields["a"]!.ToString())));
            Assert.All(told.Zip(places.Split(' ')), pair => Assert.Contains(pair.Second + ":", pair.First, StringComparison.Ordinal));
            Assert.Equal(2, told.Count);
            using var strict = RowFiles.Open(path);
            Assert.Contains(places.Split(' ')[0], Assert.Throws<BadInputException>(() => strict.Rows().Count()).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Limits_hold()
    {
        Refused("wide.csv", string.Join(',', Enumerable.Range(0, 50)) + "\n", new() { MaxColumns = 20 }, "50 columns");
        Refused("wide.jsonl", new JsonObject(Enumerable.Range(0, 50).Select(i => KeyValuePair.Create<string, JsonNode?>($"c{i}", i))).ToJsonString(), new() { MaxColumns = 20 }, "50 fields");
        Refused("long.jsonl", "{\"a\":\"" + new string('x', 5000) + "\"}", new() { MaxLineBytes = 1000 }, "longer than 1,000");
        Refused("open.csv", "a\n\"x\n" + new string('y', 5000), new() { MaxLineBytes = 1000 }, "longer than 1,000");
        Refused("rows.txt", "a", new(), "Rows are read from");
        var parquet = Write("big.parquet", Enumerable.Range(0, 4000).Select(i => $$"""{"text":"a rather long text {{i}}"}"""));
        using var source = RowFiles.Open(parquet, new() { MaxRowGroupBytes = 50_000 });
        Assert.Contains("row group", Assert.Throws<BadInputException>(() => source.Rows().Count()).Message, StringComparison.Ordinal);

        void Refused(string name, string content, CorpusOptions options, string told)
        {
            File.WriteAllText(folder.Path(name), content);
            Assert.Contains(told, Assert.Throws<BadInputException>(() =>
            {
                using var rows = RowFiles.Open(folder.Path(name), options);
                rows.Rows().Count();
            }).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Fields_that_the_file_cannot_hold_are_named()
    {
        foreach (var (name, line, told) in new[]
        {
            ("x.csv", """{"text":"a","other":1}""", "'other'"), ("x.parquet", """{"text":"a","other":1}""", "'other'"),
            ("x.parquet", """{"whole":"many"}""", "'whole'"), ("x.parquet", """{"whole":1.5}""", "'whole'"), ("x.parquet", """{"vector":["a"]}""", "'vector'"),
        })
        {
            var error = Assert.Throws<BadInputException>(() => Write(name, [line]));
            Assert.Contains(told, error.Message, StringComparison.Ordinal);
            Assert.Contains("row 1", error.Message, StringComparison.Ordinal);
        }

        Assert.Throws<BadInputException>(() => RowFiles.Create("x.csv", new MemoryStream(), [new("a", ColumnKind.Text), new("a", ColumnKind.Flag)]));
        Assert.Throws<BadInputException>(() => RowFiles.CheckName("x.xlsx"));
        Assert.Throws<BadInputException>(() => RowFiles.CheckName("x.parquet.gz"));
    }

    [Fact]
    public void Damaged_Parquet_files_give_one_error_and_little_memory()
    {
        var whole = File.ReadAllBytes(Write("whole.parquet", Enumerable.Repeat(Lines, 8).SelectMany(line => line)));
        var random = new Random(5);
        var path = folder.Path("damaged.parquet");
        var (read, refused) = (0, 0);
        for (var round = 0; round < 400; round++)
        {
            var damaged = whole.ToArray();
            for (var change = 0; change <= round % 3; change++)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, round % 7 == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var source = RowFiles.Open(path);
                read += source.Rows().ToList().Count > 0 ? 1 : 0;
            }
            catch (BadInputException error)
            {
                refused++;
                Assert.Contains("damaged.parquet", error.Message, StringComparison.Ordinal);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 << 20);
        }

        Assert.True(read > 0 && refused > 100, $"{read} read, {refused} refused");
    }

    // Bytes that hide from a walk over the metadata, and in which the library would then see two lists of two billion items that take no byte.
    [Theory]
    [InlineData("a list of truth values", "09C801E1")]
    [InlineData("the version of the file as a text", "08020E")]
    [InlineData("the same by a number that is another's in 16 bits", "088280080E")]
    public void Metadata_that_reads_otherwise_than_it_looks_is_refused(string what, string field)
    {
        var added = Convert.FromHexString(field + "19F1FFFFFFFF07" + "19F1FFFFFFFF07");
        var sound = File.ReadAllBytes(Write("sound.parquet", Lines));
        var size = BitConverter.ToInt32(sound, sound.Length - 8);
        // Before the end of the record.
        byte[] hostile = [.. sound[..^9], .. added, 0, .. BitConverter.GetBytes(size + added.Length), .. "PAR1"u8];
        var path = folder.Path("hostile.parquet");
        File.WriteAllBytes(path, hostile);
        Assert.True(Assert.Throws<BadInputException>(() => RowFiles.Open(path).Dispose()).Message.Contains("its metadata", StringComparison.Ordinal), what);
    }

    [Fact]
    public void Answers_of_questions_are_read_of_Parquet_too()
    {
        var path = folder.Path("squad.parquet");
        QuestionFile.Write(path);
        var samples = SampleFiles.Read(path, new() { Text = "question", Pair = "context", Answers = "answers" }).Samples;
        Assert.Equal([new(3, "is red"), new TextSpan(6, "red")], samples[0].Spans!);
        Assert.Empty(samples[1].Spans!);
        using var source = RowFiles.Open(path);
        Assert.Equal("""[["a","b"],null]""", new JsonArray([.. source.Rows().Select(row => row.Fields["words"]?.DeepClone())]).ToJsonString());
    }

    private string Write(string name, IEnumerable<string> lines)
    {
        var path = folder.Path(name);
        using var stream = File.Create(path);
        using (var sink = RowFiles.Create(path, stream, Columns))
        {
            foreach (var (number, line) in lines.Index())
            {
                sink.Write(Parse(line), $"row {number + 1}");
            }

            sink.Complete();
        }

        return path;
    }

    private static JsonObject Parse(string line) => JsonNode.Parse(line)!.AsObject();
}
