using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Data.Text;

namespace Plinth.Tests.Data.Text.Corpora;

/// <summary>Documents out of rows, with what their other fields say of them.</summary>
public sealed class RowDocumentTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Licence_and_origin_come_from_their_fields_whatever_the_file()
    {
        var json = """
            {"text":"one","licence":"CC-BY-4.0","source":"wiki"}
            {"text":"two","license":"","licence":"MIT","url":"https://a.example/b","source":5}
            {"text":"three"}
            """;
        Document[] expected =
        [
            new("one", "") { License = "CC-BY-4.0", Origin = "wiki" }, new("two", "") { License = "MIT", Origin = "https://a.example/b" }, new("three", ""),
        ];
        Assert.Equal(expected, Read(folder.Write("a.jsonl", json)));
        Assert.Equal(expected, Read(folder.Write("a.csv", "text,license,licence,source,url\none,,CC-BY-4.0,wiki,\ntwo,,MIT,,https://a.example/b\nthree,,,,\n")));
        Assert.Equal(expected, Read(Parquet("a.parquet", json.Replace(",\"source\":5", "", StringComparison.Ordinal).Split('\n'))));
    }

    [Fact]
    public void Other_names_of_the_fields_can_be_given()
    {
        var path = folder.Write("a.jsonl", """{"body":"one","rights":"MIT","from":"x","license":"no","source":"no"}""");
        Assert.Equal([new("one", "") { License = "MIT", Origin = "x" }], Read(path, new() { TextField = "body", LicenseFields = ["rights"], OriginFields = ["from", "body"] }));
    }

    [Fact]
    public void Parquet_is_a_corpus_of_which_only_the_columns_of_a_document_are_read()
    {
        var path = Parquet("a.parquet", [.. Enumerable.Range(0, 3).Select(i => $$"""{"text":"t{{i}}","vector":[1,2],"n":{{i}}}"""), """{"text":null,"n":1}"""]);
        var documents = CorpusFiles.Open(folder.Path).ToList();
        Assert.Equal(["t0", "t1", "t2"], documents.Select(document => document.Text));
        Assert.Equal($"{path}: row 2", documents[1].Source);
        Assert.Contains("'vector'", Assert.Throws<BadInputException>(() => Read(path, new() { TextField = "body" })).Message, StringComparison.Ordinal);
        var refused = new List<BadInputException>();
        Assert.Throws<BadInputException>(() => Read(path, new() { TextField = "n", BadRow = refused.Add }));
        Assert.Contains("row 1: 'n' is number, not a string", refused[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parquet_that_cannot_be_read_in_place_is_refused_with_what_to_do()
    {
        var bytes = File.ReadAllBytes(Parquet("a.parquet", ["""{"text":"one"}"""]));
        Assert.Contains("Unpack it", Assert.Throws<BadInputException>(() => Read(folder.Write("b.zip", Packed.Zip(("a.parquet", bytes))))).Message, StringComparison.Ordinal);
        Assert.Contains("Unpack it", Assert.Throws<BadInputException>(() => Read(folder.Write("c.parquet.gz", Packed.Gzip(bytes)))).Message, StringComparison.Ordinal);
    }

    private static List<Document> Read(string path, CorpusOptions? options = null) => [.. CorpusFiles.Open(path, options).Select(document => document with { Source = "" })];

    private string Parquet(string name, string[] lines)
    {
        JsonObject[] rows = [.. lines.Select(line => JsonNode.Parse(line)!.AsObject())];
        var path = folder.Write(name, "");
        using var stream = File.Create(path);
        using var sink = RowFiles.Create(path, stream, DataColumn.Of(rows));
        foreach (var row in rows)
        {
            sink.Write(row, name);
        }

        sink.Complete();
        return path;
    }
}
