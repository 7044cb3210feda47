using Plinth.Core;
using Plinth.Data.Text;
using Xunit;

namespace Plinth.Tests.Data.Text.Corpora;

public sealed class SampleFilesTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Pairs_with_classes_are_read_from_json_and_from_a_table_alike()
    {
        var json = folder.Write("a.jsonl", """
            {"a":"one","b":"two","y":"yes"}
            {"a":"three","b":"four","y":"no"}
            """);
        var table = folder.Write("a.csv", "a,b,y\none,two,yes\nthree,four,no\n");
        var columns = new SampleColumns { Text = "a", Pair = "b", Label = "y" };
        foreach (var path in (string[])[json, table])
        {
            var (samples, names) = SampleFiles.Read(path, columns);
            Assert.Equal(["no", "yes"], names);
            Assert.Equal([new TextSample("one", "two") { Label = 1 }, new TextSample("three", "four") { Label = 0 }], samples);
        }

        Assert.Equal(0, SampleFiles.Read(json, columns with { LabelNames = ["yes", "no"] }).Samples[0].Label);
    }

    [Fact]
    public void Numbers_as_classes_are_sorted_as_numbers()
    {
        var path = folder.Write("n.jsonl", "{\"text\":\"a\",\"y\":10}\n{\"text\":\"b\",\"y\":2}\n");
        Assert.Equal(["2", "10"], SampleFiles.Read(path, new() { Label = "y" }).LabelNames);
    }

    [Fact]
    public void Words_with_tags_class_sets_values_choices_and_answers_are_read()
    {
        var tags = folder.Write("t.jsonl", "{\"w\":[\"Ann\",\"ran\"],\"t\":[\"B\",\"O\"]}");
        var (samples, names) = SampleFiles.Read(tags, new() { Text = null, Words = "w", Tags = "t" });
        Assert.Equal(("Ann ran", "B"), (samples[0].Text, names[samples[0].Tags![0]]));
        Assert.Equal(samples[0].Tags, SampleFiles.Read(folder.Write("t.tsv", "w\tt\nAnn ran\tB O"), new() { Text = null, Words = "w", Tags = "t" }).Samples[0].Tags);

        var rest = folder.Write("r.jsonl", """{"text":"q","pair":"a 😀 red car","set":["x","z"],"v":1.5,"c":["l","m"],"y":1,"ans":{"text":["red"],"answer_start":[4]}}""");
        var sample = SampleFiles.Read(rest, new() { Pair = "pair", LabelSet = "set", Value = "v", Choices = "c", Label = "y", Answers = "ans" }).Samples[0];
        Assert.Equal([0, 1], sample.LabelSet);
        Assert.Equal((1.5, 1), (sample.Value, sample.Label));
        Assert.Equal(["l", "m"], sample.Choices);
        Assert.Equal("red", sample.Pair!.Substring(sample.Spans![0].Start, 3));
    }

    [Theory]
    [InlineData("{\"text\":\"a\",\"y\":\"p\"}\n{\"text\":\"b\"}", "s.jsonl:2: there is no field 'y'")]
    [InlineData("{\"text\":\"a\",\"y\":null}", "s.jsonl:1: 'y' holds null")]
    [InlineData("{\"text\":\"a\",\"y\":\"maybe\"}", "s.jsonl:1: there is no class 'maybe'. Known: p, q")]
    [InlineData("{\"text\":\" \",\"y\":\"p\"}", "s.jsonl:1: 'text' is empty")]
    [InlineData("\n\n", "no samples")]
    public void Wrong_samples_are_named_by_file_and_line(string content, string told) => Assert.Contains(
        told,
        Assert.Throws<BadInputException>(() => SampleFiles.Read(folder.Write("s.jsonl", content), new() { Label = "y", LabelNames = ["p", "q"] })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Tags_values_choices_and_answers_must_fit()
    {
        Refused("2 words but 1 tags", "{\"w\":[\"a\",\"b\"],\"t\":[\"O\"]}", new() { Text = null, Words = "w", Tags = "t" });
        Refused("not a number", "{\"text\":\"a\",\"v\":\"NaN\"}", new() { Value = "v" });
        Refused("0 to 1", "{\"text\":\"a\",\"c\":[\"x\",\"y\"],\"y\":2}", new() { Choices = "c", Label = "y" });
        Refused("stands at 1", "{\"text\":\"q\",\"pair\":\"abc\",\"ans\":{\"text\":[\"a\"],\"answer_start\":[1]}}", new() { Pair = "pair", Answers = "ans" });
        Refused("stands at -1", "{\"text\":\"q\",\"pair\":\"abc\",\"ans\":{\"text\":[\"a\"],\"answer_start\":[-1]}}", new() { Pair = "pair", Answers = "ans" });
        Refused("not of the form", "{\"text\":\"q\",\"pair\":\"abc\",\"ans\":{\"text\":[\"a\"]}}", new() { Pair = "pair", Answers = "ans" });

        void Refused(string told, string content, SampleColumns columns) =>
            Assert.Contains(told, Assert.Throws<BadInputException>(() => SampleFiles.Read(folder.Write("s.jsonl", content), columns)).Message, StringComparison.Ordinal);
    }
}
