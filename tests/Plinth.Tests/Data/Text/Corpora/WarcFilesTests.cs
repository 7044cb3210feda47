using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Tests.Fuzzing;

namespace Plinth.Tests.Data.Text.Corpora;

public sealed class WarcFilesTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly List<string> refused = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Pages_and_texts_are_documents_with_their_address()
    {
        var documents = CorpusFiles.Open(folder.Write("a.warc.gz", [.. Packed.Gzip(SoundFiles.Crawl), .. Packed.Gzip(SoundFiles.CrawledTexts)])).ToList();
        Assert.Equal(["one two", "zipped", "t\nres", "Eins zwei\ndrei"], documents.Select(document => document.Text));
        Assert.Equal("https://a.example/response", documents[0].Origin);
        Assert.EndsWith("a.warc.gz: record 2", documents[0].Source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\nno")]
    [InlineData("HTTP/1.1 301 Moved\r\nContent-Type: text/html\r\nLocation: x\r\n\r\nno")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nno")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n \r\n")]
    public void Answers_that_are_no_text_give_nothing(string answer) => Assert.Equal(["Eins zwei\ndrei"], Texts([.. Answer(answer), .. SoundFiles.CrawledTexts]));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\nno chunks at all", "no chunks at all")]
    [InlineData("HTTP/1.0 200\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\none\r\nzz two", "onezz two")]
    [InlineData("HTTP/1.1 200 OK\ncontent-type: text/plain\ntransfer-encoding: Chunked\n\n3\none\n7fffffff\n two", "one two")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\nnot packed", "not packed")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type:\r\n text/plain\r\n\r\nfolded", "folded")]
    public void What_crawlers_and_servers_get_wrong_is_read_all_the_same(string answer, string text) => Assert.Equal([text], Texts(Answer(answer)));

    [Theory]
    [InlineData("WARC/1.0\r\nWARC-Type: response\r\n\r\n", "Content-Length")]
    [InlineData("WARC/1.0\r\nWARC-Type: response\r\nContent-Length: -5\r\n\r\n", "'-5'")]
    [InlineData("WARC/1.0\r\nWARC-Type: resource\r\nContent-Type: text/html\r\nContent-Length: 99999999999\r\n\r\n", "ends before")]
    [InlineData("WARC/1.0\r\nWARC-Type: x\r\nContent-Length: 2\r\n\r\nmore than two\r\n", "'re than two'")]
    [InlineData("something else\r\n", "'something else'")]
    public void A_malformed_record_is_named_and_can_be_left_out(string record, string told)
    {
        byte[] bytes = [.. System.Text.Encoding.UTF8.GetBytes(record), .. record.Contains("999", StringComparison.Ordinal) ? [] : SoundFiles.CrawledTexts];
        var message = Assert.Throws<BadInputException>(() => Texts(bytes, isStrict: true)).Message;
        Assert.Contains(told, message, StringComparison.Ordinal);
        Assert.Contains("a.warc", message, StringComparison.Ordinal);
        Assert.Equal(record.Contains("999", StringComparison.Ordinal) ? [] : ["Eins zwei\ndrei"], Texts([.. SoundFiles.CrawledTexts, .. bytes]).Skip(1));
        Assert.NotEmpty(refused);
    }

    [Fact]
    public void A_body_that_explodes_or_cannot_be_unpacked_is_refused()
    {
        byte[] head = [.. "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\n"u8];
        Assert.Contains("expands to more", Refused([.. head, .. Packed.Gzip(new byte[40_000_000])]), StringComparison.Ordinal);
        Assert.Contains("is damaged", Refused([.. head, .. Packed.Gzip("text")[..12]]), StringComparison.Ordinal);
        Assert.Contains("'lzma'", Refused("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: lzma\r\n\r\nx"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("status line", Refused("no http"u8.ToArray()), StringComparison.Ordinal);

        string Refused(byte[] block) => Assert.Throws<BadInputException>(() => Texts(SoundFiles.Warc("response", "application/http", block), isStrict: true)).Message;
    }

    [Theory]
    [InlineData("whirlwind.warc.gz", 1, "Escopete")]
    [InlineData("whirlwind.warc.wet", 1, "Escopete")]
    [InlineData("whirlwind.warc.wet.gz", 1, "Escopete")]
    [InlineData("warcio/example.warc.gz", 1, "Example Domain")]
    [InlineData("warcio/example-bad-non-chunked.warc.gz", 1, "Example Domain")]
    [InlineData("warcio/example-wrong-chunks.warc.gz", 1, "Example Domain")]
    [InlineData("warcio/example-iana.org-chunked.warc", 1, "Internet Assigned Numbers Authority")]
    [InlineData("warcio/example-resource.warc.gz", 1, "")]
    [InlineData("warcio/example-wget-bad-target-uri.warc.gz", 3, "")]
    public void Crawls_of_others_are_read(string name, int count, string text)
    {
        var documents = CorpusFiles.Open(Fixtures.Shared($"data/warc/{name}"), new() { BadRow = error => refused.Add(error.Message) }).ToList();
        Assert.Equal(count, documents.Count);
        Assert.Contains(text, documents[0].Text, StringComparison.Ordinal);
        Assert.All(documents, document => Assert.NotNull(document.Origin));
        Assert.Empty(refused);
    }

    [Fact]
    public void A_cut_off_crawl_gives_what_is_whole_of_it()
    {
        byte[] bytes = [.. SoundFiles.CrawledTexts, .. File.ReadAllBytes(Fixtures.Shared("data/warc/warcio/example-trunc.warc"))];
        Assert.Contains("record 4", Assert.Throws<BadInputException>(() => Texts(bytes, isStrict: true)).Message, StringComparison.Ordinal);
        Assert.Equal(["Eins zwei\ndrei"], Texts(bytes));
        Assert.NotEmpty(refused);
    }

    [Fact]
    public void The_main_content_of_real_pages_is_a_part_of_them_without_their_menus()
    {
        var path = Fixtures.Shared("data/warc/warcfile.warc.gz");
        var whole = CorpusFiles.Open(path).ToDictionary(document => document.Source);
        var main = CorpusFiles.Open(path, new() { MainContentOnly = true }).ToList();
        Assert.InRange(main.Count, whole.Count / 2, whole.Count);
        Assert.All(main, document => Assert.Subset(Lines(whole[document.Source]), Lines(document)));
        Assert.InRange(main.Sum(document => (double)document.Text.Length) / whole.Values.Sum(document => document.Text.Length), 0.2, 0.9);

        static HashSet<string> Lines(Document document) => [.. document.Text.Split(['\n', '\t'])];
    }

    private static byte[] Answer(string answer) => SoundFiles.Warc("response", "application/http; msgtype=response", answer);

    private List<string> Texts(byte[] bytes, bool isStrict = false) =>
        [.. CorpusFiles.Open(folder.Write("a.warc", bytes), new() { BadRow = isStrict ? null : error => refused.Add(error.Message) }).Select(document => document.Text)];
}
