using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Tests.Training;
using Xunit;

namespace Plinth.Tests.Data.Text.Corpora;

[Collection(AloneInProcess.Name)]   // one test reads the memory of the whole process
public sealed class CorpusFilesTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_is_walked_in_ordinal_order_whatever_the_form()
    {
        folder.Write("b.txt", "bee\n");
        folder.Write("Z.md", "# zed");
        folder.Write("a/x.jsonl", "{\"text\":\"one\"}\n\n{\"text\":\"two\"}\n");
        folder.Write("c.csv", "id,text\n1,\"three,\n\"\"3\"\"\"\n2,\n");
        folder.Write("d.tsv", "text\tid\nfour\t4");
        folder.Write("ignored.bin", "nothing");
        var skipped = new List<string>();
        folder.Write("empty.txt", "");
        var documents = CorpusFiles.Open(folder.Path, new() { Skipped = skipped.Add }).ToArray();
        Assert.Equal(["# zed", "one", "two", "bee\n", "three,\n\"3\"", "four"], documents.Select(d => d.Text));
        Assert.EndsWith("x.jsonl:3", documents[2].Source, StringComparison.Ordinal);
        Assert.EndsWith("c.csv:2", documents[4].Source, StringComparison.Ordinal);
        Assert.Contains("empty.txt", Assert.Single(skipped), StringComparison.Ordinal);
    }

    [Fact]
    public void Paragraphs_end_at_blank_lines()
    {
        var path = folder.Write("p.txt", "\uFEFFone\r\nmore\r\n\r\n  \r\ntwo\n");
        var documents = CorpusFiles.Open(path, new() { Unit = TextUnit.Paragraph }).ToArray();
        Assert.Equal(["one\nmore", "two"], documents.Select(d => d.Text));
        Assert.EndsWith("p.txt:5", documents[1].Source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TextUnit.File)]
    [InlineData(TextUnit.Paragraph)]
    public void Bytes_that_are_not_utf8_are_named_by_offset_or_replaced(TextUnit unit)
    {
        var path = folder.Write("bad.txt", [0xEF, 0xBB, 0xBF, (byte)'a', (byte)'\n', 0xC3, 0xA9, 0xFF, (byte)'b']);
        var message = Assert.Throws<BadInputException>(() => CorpusFiles.Open(path, new() { Unit = unit }).Count()).Message;
        Assert.Contains("bad.txt", message, StringComparison.Ordinal);
        Assert.Contains("0xFF at offset 7", message, StringComparison.Ordinal);
        Assert.Equal(["a\né\uFFFDb"], CorpusFiles.Open(path, new() { Unit = unit, InvalidText = InvalidText.Replace }).Select(d => d.Text));
    }

    [Fact]
    public void A_bad_byte_in_the_first_line_counts_the_mark_before_it()
    {
        var path = folder.Write("bad.txt", [0xEF, 0xBB, 0xBF, (byte)'a', 0xFF]);
        Assert.Contains("offset 4", Assert.Throws<BadInputException>(() => CorpusFiles.Open(path).Count()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("u.txt", "\u00FF\u00FEa", "UTF-16")]
    [InlineData("e.txt", "", "empty")]
    [InlineData("x.bin", "abc", "nothing that can be read")]
    [InlineData("j.jsonl", "{\"text\":\"a\"}\n{\"text\":", "j.jsonl:2")]
    [InlineData("j.jsonl", "[1]", "array")]
    [InlineData("j.jsonl", "{\"body\":\"a\"}", "'body'")]
    [InlineData("j.jsonl", "{\"text\":5}", "not a string")]
    [InlineData("j.jsonl", "{\"text\":\"\\ud800\"}", "surrogate")]
    [InlineData("c.csv", "text,b\n\"open,1\nmore", "c.csv:2")]
    [InlineData("c.csv", "text,b\n1,2,3", "c.csv:2")]
    [InlineData("c.csv", "text,text\n1,2", "twice")]
    [InlineData("c.csv", "text\n\"a\"b", "closing quote")]
    [InlineData("c.csv", "body\nx", "'body'")]
    public void What_cannot_be_read_is_refused_with_its_place(string name, string content, string told)
    {
        var path = folder.Write(name, System.Text.Encoding.Latin1.GetBytes(content));
        var message = Assert.Throws<BadInputException>(() => CorpusFiles.Open(path).Count()).Message;
        Assert.Contains(told, message, StringComparison.Ordinal);
        Assert.Contains(name, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_path_and_an_endless_line_are_refused()
    {
        Assert.Contains("no file or folder", Assert.Throws<BadInputException>(() => CorpusFiles.Open(Path.Combine(folder.Path, "none"))).Message, StringComparison.Ordinal);
        var path = folder.Write("long.jsonl", new string('a', 5_000));
        Assert.Contains("long.jsonl:1", Assert.Throws<BadInputException>(() => CorpusFiles.Open(path, new() { MaxLineBytes = 1_000 }).Count()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.txt", TextUnit.Line)]
    [InlineData("a.txt", TextUnit.File)]
    [InlineData("a.jsonl", TextUnit.File)]
    [InlineData("a.csv", TextUnit.File)]
    [InlineData("a.html", TextUnit.File)]
    [InlineData("a.warc", TextUnit.File)]
    public void A_line_of_a_gigabyte_is_refused_in_the_memory_of_the_longest_that_is_allowed(string name, TextUnit unit)
    {
        var path = folder.Write(name, "");
        using (var sparse = File.OpenWrite(path))
        {
            sparse.SetLength(1L << 30);
        }

        var options = new CorpusOptions { Unit = unit, MaxLineBytes = 1 << 20 };
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(name, Assert.Throws<BadInputException>(() => CorpusFiles.Open(path, options).Count()).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16L << 20);
    }

    [Fact]
    public void Memory_does_not_grow_with_the_number_of_lines()
    {
        var path = folder.Write("a.jsonl.gz", Packed.Gzip(string.Concat(Enumerable.Repeat("{\"text\":\"" + new string('x', 1000) + "\"}\n", 20_000))));
        var most = 0L;
        foreach (var (i, _) in CorpusFiles.Open(path, new() { MaxExpansionRatio = 10_000 }).Index())
        {
            most = i % 2_000 == 0 ? Math.Max(most, GC.GetTotalMemory(forceFullCollection: true)) : most;
        }

        Assert.InRange(most - GC.GetTotalMemory(forceFullCollection: true), long.MinValue, 4L << 20);
    }

    [Fact]
    public void Deeply_nested_json_is_refused() => Assert.Contains(
        "deep.jsonl:1",
        Assert.Throws<BadInputException>(() => CorpusFiles.Open(folder.Write("deep.jsonl", "{\"text\":" + new string('[', 100_000))).Count()).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Compressed_text_is_read_and_a_bomb_or_a_torn_file_refused()
    {
        var path = folder.Write("ok.txt.gz", Packed.Gzip(new string('a', 1_000)));
        Assert.Equal(1_000, CorpusFiles.Open(path).Single().Text.Length);

        var bomb = folder.Write("bomb.txt.gz", Packed.Gzip(new string('a', 40_000_000)));
        Assert.Contains("bomb.txt.gz expands", Assert.Throws<BadInputException>(() => CorpusFiles.Open(bomb).Count()).Message, StringComparison.Ordinal);

        var noise = folder.Write("noise.txt.gz", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
        Assert.Contains("noise.txt.gz is damaged", Assert.Throws<BadInputException>(() => CorpusFiles.Open(noise).Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_do_not_depend_on_where_the_buffer_ends()
    {
        var random = new Random(7);
        for (var round = 0; round < 20; round++)
        {
            var lines = Enumerable.Range(0, 40).Select(i => $"{i} " + new string((char)('ä' + (i % 8)), random.Next(0, 9_000))).ToArray();
            var path = folder.Write("many.txt", string.Join("\n\n", lines));
            Assert.Equal(lines, CorpusFiles.Open(path, new() { Unit = TextUnit.Paragraph }).Select(d => d.Text));
        }
    }
}
