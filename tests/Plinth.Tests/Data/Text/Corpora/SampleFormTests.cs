using Plinth.Core;
using Plinth.Data.Text;
using Xunit;

namespace Plinth.Tests.Data.Text.Corpora;

/// <summary>Samples in forms that bring their own columns, and tables without a header.</summary>
public sealed class SampleFormTests : IDisposable
{
    private static readonly SampleColumns English = new() { Text = "english", Pair = "french" };

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_table_may_lack_its_header_and_take_quotes_as_text()
    {
        var format = new SampleFormat { Form = SampleForm.Tsv, Header = ["english", "french"], HasQuotes = false };
        var path = folder.Write("fra.txt", "Go.\tVa !\n\"Go,\" he said.\t« Va », dit-il.\n\"\t\"\n");
        Assert.Equal(
            [new("Go.", "Va !"), new("\"Go,\" he said.", "« Va », dit-il."), new("\"", "\"")],
            SampleFiles.Read(path, English, format: format).Samples);
        Refused("fra.txt:2: text follows a closing quote", path, English, format with { HasQuotes = true });
        Refused("fra.txt:1: 1 fields, but the header has 2", folder.Write("fra.txt", "Go.\n"), English, format);
        Refused("fra.txt:1: 'french' is empty", folder.Write("fra.txt", "Go.\t \n"), English, format);
        Refused("names the column 'a' twice", path, English, format with { Header = ["a", "a"] });
        Refused("has the extension '.txt'", path, English, format with { Form = SampleForm.ByExtension });
    }

    [Fact]
    public void Conll_columns_become_tagged_sentences()
    {
        const string text = "-DOCSTART- O\n\nAnn B-PER\nran O\n\n\n# O\r\nto\tTO\tI-LOC\n";
        var (samples, names) = SampleFiles.Read(folder.Write("a.conll", text), new());
        Assert.Equal(["B-PER", "I-LOC", "O"], names);
        Assert.Equal(["Ann ran", "# to"], samples.Select(sample => sample.Text));
        Assert.Equal([0, 2], samples[0].Tags);
        Assert.Equal([2, 1], samples[1].Tags);
        var other = SampleFiles.Read(folder.Write("b.tsv", "1 Ann NNP O\n2 ran VBD O\n"), new(), format: new() { Form = SampleForm.Conll, WordColumn = 2, TagColumn = 3 });
        Assert.Equal(["NNP", "VBD"], other.LabelNames);
        Assert.Equal("Ann ran", other.Samples[0].Text);
        Assert.Equal(names, SampleFiles.Read(folder.Write("c.iob", "Bob B-PER\n"), new() { LabelNames = names }).LabelNames);
    }

    [Theory]
    [InlineData("Ann B-PER\nran\n", "h.conll:2: 1 columns")]
    [InlineData("Ann B-PER\n\nran B-GPE\n", "h.conll:3: there is no class 'B-GPE'")]
    [InlineData("\n\n-DOCSTART- O\n\n", "holds no samples")]
    [InlineData("", "holds no samples")]
    public void Wrong_columns_are_named_by_file_and_line(string text, string told) =>
        Refused(told, folder.Write("h.conll", text), new() { LabelNames = ["B-PER", "O"] }, new());

    [Fact]
    public void Endless_sentences_and_impossible_columns_are_refused()
    {
        var path = folder.Write("e.conll", string.Concat(Enumerable.Repeat("word O\n", 10_001)));
        Refused("e.conll:10001: the sentence that began on line 1", path, new(), new());
        Refused("count from 1", path, new(), new() { WordColumn = 0 });
        Refused("e.conll:1: 2 columns", path, new(), new() { TagColumn = 3 });
        Refused("is not UTF-8", folder.Write("x.conll", [0x41, 0xFF, 0x20, 0x4F, 0x0A]), new(), new());
    }

    [Fact]
    public void Questions_of_squad_become_samples_with_places_in_code_units()
    {
        var path = folder.Write("q.json", Squad("a 😀 red car", """{"id":"1","question":"Which?","answers":[{"text":"red","answer_start":4},{"text":"red","answer_start":4}]},{"id":"2","question":"Who?","is_impossible":true,"answers":[],"plausible_answers":[]}"""));
        var samples = SampleFiles.Read(path, new()).Samples;
        Assert.Equal(("Which?", "a 😀 red car"), (samples[0].Text, samples[0].Pair));
        Assert.Equal([new TextSpan(5, "red")], samples[0].Spans);
        Assert.Empty(samples[1].Spans!);
    }

    [Theory]
    [InlineData("""{"id":"7","question":"Which?","answers":[{"text":"red","answer_start":1}]}""", "data[0].paragraphs[0].qas[0] (id 7).answers[0]: 'red' does not stand at character 1")]
    [InlineData("""{"id":"7","question":"Which?","answers":[{"text":"red","answer_start":99999999999}]}""", "does not stand at character")]
    [InlineData("""{"id":"7","question":"Which?","answers":[{"text":"red"}]}""", "'answer_start' is missing")]
    [InlineData("""{"id":"7","answers":[]}""", "'question' is missing")]
    [InlineData("""{"id":"7","question":"Which?"}""", "the list 'answers'")]
    [InlineData("""7""", "qas[0] is no object")]
    [InlineData("""{"id":"\ud800","question":"Which?","answers":[]}""", "qas[0]: 'id' holds half of a surrogate pair")]
    public void Wrong_questions_are_named_by_their_place(string question, string told) => Refused(told, folder.Write("q.json", Squad("a red car", question)), new(), new());

    [Theory]
    [InlineData("[]", "the list 'data'")]
    [InlineData("{\n\"data\": [}", "q.json:2: not valid JSON")]
    [InlineData("", "not valid JSON")]
    [InlineData("{\"data\":[]}", "holds no samples")]
    public void A_file_of_another_form_is_refused(string text, string told) => Refused(told, folder.Write("q.json", text), new(), new());

    [Fact]
    public void Deep_json_is_refused_and_does_not_overflow() =>
        Refused("not valid JSON", folder.Write("q.json", string.Concat(Enumerable.Repeat("{\"data\":[", 100_000))), new(), new());

    [Fact]
    public void What_is_written_is_read_again()
    {
        string[] names = ["no", "yes"];
        TextSample[] samples =
        [
            new("a \"quoted\"\nline", "second") { Label = 1 },
            new("Ann ran") { Words = ["Ann", "ran"], Tags = [1, 0] },
            new("Which?", "a 😀 red car") { Spans = [new(5, "red")] },
            new("a", "b") { Value = 2.5 },
            new("q") { Choices = ["x", "y"], Label = 1 },
            new("both") { LabelSet = [0, 1] },
        ];
        foreach (var sample in samples)
        {
            var path = folder.Write("w.jsonl", "");
            SampleWriter.Write(path, [sample], names);
            var read = Assert.Single(SampleFiles.Read(path, SampleWriter.Columns(sample) with { LabelNames = names }).Samples);
            Assert.Equivalent(sample, read, strict: true);
        }
    }

    private static string Squad(string context, string questions) =>
        $$"""{"version":"1.1","data":[{"title":"t","paragraphs":[{"context":"{{context}}","qas":[{{questions}}]}]}]}""";

    private static void Refused(string told, string path, SampleColumns columns, SampleFormat format) => Assert.Contains(
        told, Assert.Throws<BadInputException>(() => SampleFiles.Read(path, columns, format: format)).Message, StringComparison.Ordinal);
}
