using System.Formats.Tar;
using System.IO.Compression;
using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Tests.Data.Text.Corpora;

/// <summary>Packed files and archives: what is in them is read as if it lay in a folder, and nothing else happens.</summary>
public sealed class ContainerTests : IDisposable
{
    private const string Lines = "{\"text\":\"one\"}\n{\"text\":\"two\"}\n";

    private readonly TestFolder folder = new();
    private readonly List<string> skipped = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Packed_files_are_read_however_many_parts_they_have()
    {
        Assert.Equal(["one", "two"], Texts(folder.Write("a.jsonl.zst", Packed.Zstandard(Lines))));
        Assert.Equal(["one", "two", "one", "two"], Texts(folder.Write("b.jsonl.zst", [.. Packed.Zstandard(Lines), .. Packed.Zstandard(Lines)])));
        Assert.Equal(["one", "two", "one", "two"], Texts(folder.Write("c.JSONL.GZ", [.. Packed.Gzip(Lines), .. Packed.Gzip(Lines)])));
    }

    [Theory]
    [InlineData("a.txt.gz")]
    [InlineData("a.txt.zst")]
    [InlineData("a.tar")]
    [InlineData("a.tar.gz")]
    [InlineData("a.zip")]
    public void What_ends_too_early_is_refused_and_never_read_as_something_shorter(string name)
    {
        var text = string.Join('\n', Enumerable.Range(0, 20_000));
        var whole = name switch
        {
            "a.txt.gz" => [.. Packed.Gzip(text), .. Packed.Gzip(text)],
            "a.txt.zst" => [.. Packed.Zstandard(text), .. Packed.Zstandard(text)],
            "a.tar" => Packed.Tar(("x.txt", text), ("y.txt", text)),
            "a.tar.gz" => Packed.Gzip(Packed.Tar(("x.txt", text), ("y.txt", text))),
            _ => Packed.Zip(("x.txt", text), ("y.txt", text)),
        };
        Assert.NotEmpty(Texts(folder.Write(name, whole)));
        foreach (var share in (double[])[0.3, 0.7, 0.9])
        {
            var path = folder.Write(name, whole[..(int)(whole.Length * share)]);
            Assert.Contains(name, Assert.Throws<BadInputException>(() => Texts(path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Files_in_archives_are_read_like_those_of_a_folder()
    {
        (string, byte[])[] files = [("z.txt", "last"u8.ToArray()), ("sub/a.jsonl.gz", Packed.Gzip(Lines)), ("sub/b.csv", "text,license\nthree,MIT\n"u8.ToArray()), ("c.bin", [0, 1]), ("empty.txt", [])];
        var zip = CorpusFiles.Open(folder.Write("a.zip", Packed.Zip(files)), Telling).ToList();
        Assert.Equal(["one", "two", "three", "last"], zip.Select(document => document.Text));
        Assert.EndsWith("a.zip/sub/a.jsonl.gz:2", zip[1].Source, StringComparison.Ordinal);
        Assert.Equal("MIT", zip[2].License);
        Assert.Contains("empty.txt", Assert.Single(skipped), StringComparison.Ordinal);
        Assert.Equal(["last", "one", "two", "three"], Texts(folder.Write("a.tar", Packed.Tar(files))));
        Assert.Equal(["last", "one", "two", "three"], Texts(folder.Write("a.tgz", Packed.Gzip(Packed.Tar(files)))));
        Assert.Equal(["last", "one", "two", "three"], Texts(folder.Write("a.tar.zst", Packed.Zstandard(Packed.Tar(files)))));
    }

    [Theory]
    [InlineData("../../etc/passwd.txt")]
    [InlineData("/etc/passwd.txt")]
    [InlineData("a/..\\b.txt")]
    [InlineData("C:\\b.txt")]
    public void Names_that_leave_the_archive_are_left_out_and_told(string name)
    {
        foreach (var path in (string[])[folder.Write("a.zip", Packed.Zip((name, "out"), ("in.txt", "in"))), folder.Write("a.tar", Packed.Tar((name, "out"), ("in.txt", "in")))])
        {
            skipped.Clear();
            Assert.Equal(["in"], Texts(path));
            Assert.Contains("outside", Assert.Single(skipped), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Archives_within_archives_are_left_out_and_told()
    {
        var inner = Packed.Zip(("x.txt", "deep"));
        Assert.Equal(["in"], Texts(folder.Write("a.zip", Packed.Zip(("in.txt", "in"u8.ToArray()), ("b.zip", inner), ("b.tar.gz", inner)))));
        Assert.Equal(2, skipped.Count);
        Assert.All(skipped, message => Assert.Contains("archive within an archive", message, StringComparison.Ordinal));
    }

    [Fact]
    public void Links_in_archives_are_not_followed()
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "link.txt") { LinkName = "/etc/passwd" });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "in.txt") { DataStream = new MemoryStream("in"u8.ToArray()) });
        }

        using var zip = new MemoryStream();
        using (var writer = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("link.txt", "/etc/passwd", 0xA1FF << 16);
            Add("in.txt", "in", 0x81A4 << 16);

            void Add(string name, string text, int attributes)
            {
                var entry = writer.CreateEntry(name);
                entry.ExternalAttributes = attributes;
                using var stream = entry.Open();
                stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
            }
        }

        foreach (var path in (string[])[folder.Write("a.tar", tar.ToArray()), folder.Write("a.zip", zip.ToArray())])
        {
            skipped.Clear();
            Assert.Equal(["in"], Texts(path));
            Assert.Contains("link.txt is a link", Assert.Single(skipped), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Loops_of_links_in_a_folder_end()
    {
        folder.Write("sub/in.txt", "in");
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "sub", "again"), folder.Path);
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "self"), Path.Combine(folder.Path, "self"));
        Assert.Equal(["in"], Texts(folder.Path));
        Assert.Equal(2, skipped.Count(message => message.Contains("is a link", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("bomb.txt.zst")]
    [InlineData("bomb.zip")]
    [InlineData("bomb.tar.gz")]
    [InlineData("double.tar.gz")]
    [InlineData("many.zip")]
    public void What_explodes_is_refused(string name)
    {
        var zeros = new byte[40_000_000];
        var bytes = name switch
        {
            "bomb.txt.zst" => Packed.Zstandard(zeros),
            "bomb.zip" => Packed.Zip(("a.txt", zeros)),
            "bomb.tar.gz" => Packed.Gzip(Packed.Tar(("a.txt", zeros))),
            "double.tar.gz" => Packed.Gzip(Packed.Tar(("a.txt.gz", Packed.Gzip(zeros)))),
            // No single file is beyond what a small file may expand to; all together are.
            _ => Packed.Zip([.. Enumerable.Range(0, 5).Select(i => ($"{i}.txt", zeros[..8_000_000]))]),
        };
        Assert.Contains($"{name} expands to more", Assert.Throws<BadInputException>(() => Texts(folder.Write(name, bytes))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_claims_gigabytes_of_attributes_is_refused()
    {
        var tar = Packed.Tar(("a.txt", "in"));
        Assert.Equal((byte)'x', tar[156]);
        "17777777777"u8.CopyTo(tar.AsSpan(124));
        // The sum over the header, its own field as blanks.
        "        "u8.CopyTo(tar.AsSpan(148));
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(tar.AsSpan(0, 512).ToArray().Sum(value => value), 8).PadLeft(6, '0') + "\0 ").CopyTo(tar.AsSpan(148));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("attributes", Assert.Throws<BadInputException>(() => Texts(folder.Write("a.tar", tar))).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    private CorpusOptions Telling => new() { Skipped = skipped.Add };

    private List<string> Texts(string path) => [.. CorpusFiles.Open(path, Telling).Select(document => document.Text)];
}
