using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;
using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Tests.Data.Vision;

/// <summary>Sets of pictures in folders, archives, tables and arrays: what is in them, what is left out and why, what is refused.</summary>
public sealed class ImageSetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_folder_is_the_class_and_other_files_are_counted_with_their_reasons()
    {
        foreach (var name in (string[])["cat/1.png", "cat/deep/2.jpg", "10/3.gif", "9/4.webp"])
        {
            Put("set/" + name, ImageFixtures.Bytes(Path.GetExtension(name) switch { ".png" => "rgb.png", ".jpg" => "rgb.jpg", ".gif" => "still.gif", _ => "lossy.webp" }));
        }

        Put("set/cat/notes.txt", "no picture"u8.ToArray());
        Put("set/cat/empty.png", []);
        Put("set/9/cut.png", ImageFixtures.Bytes("rgb.png")[..10]);
        Put("set/9/old.tif", Encoding.Latin1.GetBytes("II*\0 and so on"));
        Put("set/stray.png", ImageFixtures.Bytes("rgb.png"));
        Put("outside.png", ImageFixtures.Bytes("rgb.png"));
        File.CreateSymbolicLink(folder.Path("set", "cat", "link.png"), folder.Path("outside.png"));

        var set = ImageFolder.Read(folder.Path("set"));

        Assert.Equal(["10", "9", "cat"], set.LabelNames);
        Assert.Equal([(0, "3.gif"), (1, "4.webp"), (2, "1.png"), (2, "2.jpg")], set.Samples.Select(sample => (sample.Label!.Value, Path.GetFileName(sample.Image.Name))));
        Assert.All(set.Samples, sample => Assert.Equal((13, 19), (sample.Image.Load().Height, sample.Image.Load().Width)));
        Assert.Equal(6, set.Skipped.Count);
        Assert.Equal(
            new() { ["Empty"] = 1, ["Link"] = 1, ["NotAnImage"] = 1, ["OutsideTheClasses"] = 1, ["Truncated"] = 1, ["UnsupportedFormat"] = 1 },
            new SortedDictionary<string, int>(set.Skipped.Reasons.ToDictionary()));
        Assert.Contains(set.Skipped.Examples, text => text.Contains("notes.txt", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_without_classes_has_no_labels_and_one_without_pictures_is_an_error()
    {
        Put("plain/a.png", ImageFixtures.Bytes("rgb.png"));
        Put("texts/a.txt", "text"u8.ToArray());

        Assert.Null(Assert.Single(ImageFolder.Read(folder.Path("plain")).Samples).Label);
        Assert.Contains("NotAnImage 1", Assert.Throws<BadInputException>(() => ImageFolder.Read(folder.Path("texts"))).Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => ImageFolder.Read(folder.Path("nowhere")));
    }

    [Fact]
    public void Given_classes_keep_their_numbers_and_others_are_an_error()
    {
        Put("set/b/1.png", ImageFixtures.Bytes("rgb.png"));

        Assert.Equal(2, ImageFolder.Read(folder.Path("set"), new() { LabelNames = ["x", "a", "b"] }).Samples[0].Label);
        Assert.Contains("no class 'b'", Assert.Throws<BadInputException>(() => ImageFolder.Read(folder.Path("set"), new() { LabelNames = ["a"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_is_read_like_a_folder()
    {
        var path = Zip("set.zip", ("dog/1.png", ImageFixtures.Bytes("rgb.png")), ("ant/2.jpg", ImageFixtures.Bytes("rgb.jpg")), ("ant/readme", "text"u8.ToArray()));

        var set = ImageFolder.Read(path);

        Assert.Equal(["ant", "dog"], set.LabelNames);
        Assert.Equal(ImageFixtures.Expected("rgb.png").Pixels, set.Samples.Single(sample => sample.Label == 1).Image.Load().Pixels);
        Assert.Equal("NotAnImage 1", string.Join(' ', set.Skipped.Reasons.Select(reason => $"{reason.Key} {reason.Value}")));
        Put("not.zip", "PK but no more"u8.ToArray());
        Assert.Throws<BadInputException>(() => ImageFolder.Read(folder.Path("not.zip")));
    }

    [Fact]
    public void A_bomb_in_an_archive_is_left_out()
    {
        var path = Zip("bomb.zip", ("a.png", ImageFixtures.Bytes("rgb.png")), ("b.png", new byte[3 << 20]));

        var set = ImageFolder.Read(path, new() { Decoding = new() { Limits = new() { MaxFileBytes = 1 << 20 } } });

        Assert.Equal("TooLarge", Assert.Single(set.Skipped.Reasons).Key);
    }

    [Theory]
    [InlineData("table.csv", "file,kind,note,score\na.png,x,one|two,0.5\nb.jpg,y,three,2\nmissing.png,y,four,3\n")]
    [InlineData("table.jsonl", """
        {"file":"a.png","kind":"x","note":["one","two"],"score":0.5}
        {"file":"b.jpg","kind":"y","note":"three","score":2}
        {"file":"missing.png","kind":"y","note":"four","score":3}
        """)]
    public void A_table_names_pictures_classes_captions_and_values(string name, string text)
    {
        Put("a.png", ImageFixtures.Bytes("rgb.png"));
        Put("b.jpg", ImageFixtures.Bytes("rgb.jpg"));
        Put(name, Encoding.UTF8.GetBytes(text));

        var set = ImageTable.Read(folder.Path(name), new() { Image = "file", Label = "kind", Captions = "note", Value = "score" });

        Assert.Equal(["x", "y"], set.LabelNames);
        Assert.Equal([(0, "one+two", 0.5), (1, "three", 2)], set.Samples.Select(sample => (sample.Label!.Value, string.Join('+', sample.Captions), sample.Value!.Value)));
        Assert.Equal("Missing", Assert.Single(set.Skipped.Reasons).Key);
        Assert.Equal(13, set.Samples[1].Image.Load().Height);
    }

    [Fact]
    public void Boxes_and_questions_are_read_from_lines()
    {
        Put("a.png", ImageFixtures.Bytes("rgb.png"));
        Put("t.jsonl", """{"image":"a.png","objects":{"bbox":[[1,2,3.5,4],[0,0,1,1]],"category":["star","circle"]},"qa":[{"question":"How many?","answers":["two","2"]}]}"""u8.ToArray());

        var set = ImageTable.Read(folder.Path("t.jsonl"), new() { Boxes = "objects", Questions = "qa" });

        Assert.Equal(["circle", "star"], set.CategoryNames);
        Assert.Equal([new(1, 2, 3.5, 4, 1), new ImageBox(0, 0, 1, 1, 0)], set.Samples[0].Boxes!);
        Assert.Equal(("How many?", "two"), (set.Samples[0].Questions[0].Question, set.Samples[0].Questions[0].Answers[0]));
        Put("bad.jsonl", """{"image":"a.png","objects":{"bbox":[[1,2,3]],"category":["star"]}}"""u8.ToArray());
        Assert.Contains("bad.jsonl:1", Assert.Throws<BadInputException>(() => ImageTable.Read(folder.Path("bad.jsonl"), new() { Boxes = "objects" })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../secret.png")]
    [InlineData("inside/../../secret.png")]
    [InlineData("/etc/passwd")]
    [InlineData("link/secret.png")]
    [InlineData("one.png")]
    [InlineData("..")]
    [InlineData(".")]
    public void A_path_that_leads_out_of_the_folder_is_refused(string name)
    {
        Put("secret.png", ImageFixtures.Bytes("rgb.png"));
        Put("set/a.png", ImageFixtures.Bytes("rgb.png"));
        Put("other/secret.png", ImageFixtures.Bytes("rgb.png"));
        Directory.CreateSymbolicLink(folder.Path("set", "link"), folder.Path("other"));
        File.CreateSymbolicLink(folder.Path("set", "one.png"), folder.Path("secret.png"));
        Put("set/t.csv", Encoding.UTF8.GetBytes($"image\na.png\n{name}\n"));

        Assert.Contains("leads out", Assert.Throws<BadInputException>(() => ImageTable.Read(folder.Path("set", "t.csv"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_that_are_missing_are_named()
    {
        Put("a.png", ImageFixtures.Bytes("rgb.png"));
        Put("t.csv", "image,kind\na.png,x\n"u8.ToArray());

        Assert.Contains("no field 'label'", Assert.Throws<BadInputException>(() => ImageTable.Read(folder.Path("t.csv"), new() { Label = "label" })).Message, StringComparison.Ordinal);
        Assert.Contains("no field 'file'", Assert.Throws<BadInputException>(() => ImageTable.Read(folder.Path("t.csv"), new() { Image = "file" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_within_a_parquet_file_are_read_and_bounded()
    {
        var path = folder.Path("t.parquet");
        var (image, label) = (new DataField<byte[]>("image"), new DataField<long>("label"));
        await using (var stream = File.Create(path))
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema(image, label), stream, cancellationToken: TestContext.Current.CancellationToken))
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(image, new List<byte[]> { ImageFixtures.Bytes("rgb.png"), ImageFixtures.Bytes("rgb.jpg"), "text"u8.ToArray() });
            await group.WriteAsync<long>(label, new long[] { 7, 11, 7 }, cancellationToken: TestContext.Current.CancellationToken);
        }

        var set = ImageTable.Read(path, new() { Label = "label" });

        Assert.Equal(["7", "11"], set.LabelNames);
        Assert.Equal(ImageFixtures.Expected("rgb.png").Pixels, set.Samples[0].Image.Load().Pixels);
        Assert.Equal(1, set.Skipped.Count);
        Assert.Contains("MaxHeldBytes", Assert.Throws<BadInputException>(() => ImageTable.Read(path, options: new() { MaxHeldBytes = 300 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_within_records_of_bytes_and_path_are_read()
    {
        var path = folder.Path("records.parquet");
        var schema = new ParquetSchema(new StructField("image", new DataField<byte[]>("bytes"), new DataField<string>("path")), new DataField<long>("label"));
        await using (var stream = File.Create(path))
        await using (var writer = await ParquetWriter.CreateAsync(schema, stream, cancellationToken: TestContext.Current.CancellationToken))
        {
            using var group = writer.CreateRowGroup();
            var fields = schema.GetDataFields();
            var files = new List<ReadOnlyMemory<byte>> { ImageFixtures.Bytes("rgb.png"), ImageFixtures.Bytes("rgb.jpg") };
            var names = new List<ReadOnlyMemory<char>> { "a.png".AsMemory(), "b.jpg".AsMemory() };
            int[] there = [fields[0].MaxDefinitionLevel, fields[0].MaxDefinitionLevel];
            await group.WriteAllPartsAsync<ReadOnlyMemory<byte>>(fields[0], files.ToArray(), there, null, TestContext.Current.CancellationToken);
            await group.WriteAllPartsAsync<ReadOnlyMemory<char>>(fields[1], names.ToArray(), there, null, TestContext.Current.CancellationToken);
            await group.WriteAsync<long>(fields[2], new long[] { 1, 0 }, cancellationToken: TestContext.Current.CancellationToken);
        }

        var set = ImageTable.Read(path, new() { Label = "label" });

        Assert.Equal([1, 0], set.Samples.Select(sample => sample.Label!.Value));
        Assert.Equal(ImageFixtures.Expected("rgb.jpg").Pixels, set.Samples[1].Image.Load().Pixels);
    }

    [Fact]
    public void Idx_files_are_read_and_what_they_claim_is_checked()
    {
        byte[] values = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        Put("i", values);
        Put("l", [0, 0, 8, 1, 0, 0, 0, 2, 3, 0]);
        using (var gzip = new GZipStream(File.Create(folder.Path("i.gz")), CompressionLevel.Fastest))
        {
            gzip.Write(values);
        }

        var set = ImageSet(folder.Path("i.gz"), folder.Path("l"));
        Assert.Equal([3, 0], set.Samples.Select(sample => sample.Label!.Value));
        Assert.Equal(["0", "1", "2", "3"], set.LabelNames);
        Assert.Equal(new RgbColor(11, 11, 11), set.Samples[1].Image.Load()[1, 1]);

        Put("cut", values[..^1]);
        Put("many", [.. values[..4], 0xFF, 0xFF, 0xFF, 0xFF, .. values[8..]]);
        Put("float", [0, 0, 0x0D, .. values[3..]]);
        Put("three", [0, 0, 8, 1, 0, 0, 0, 3, 3, 0, 1]);
        Assert.All(
            (string[])["cut", "many", "float", "l", "nowhere"], name => Assert.Throws<BadInputException>(() => ImageSet(folder.Path(name), null)));
        Assert.Contains("a class for each", Assert.Throws<BadInputException>(() => ImageSet(folder.Path("i"), folder.Path("three"))).Message, StringComparison.Ordinal);

        static ImageSet ImageSet(string images, string? labels) => IdxImages.Read(images, labels);
    }

    [Fact]
    public void Npz_files_are_read_and_what_they_claim_is_checked()
    {
        byte[] pixels = [.. Enumerable.Range(0, 24).Select(i => (byte)i)];
        var good = Zip("good.npz", ("train_images.npy", Npy("|u1", "2, 2, 2, 3", pixels)), ("train_labels.npy", Npy("<i8", "2, 1", [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])));
        var several = Zip("several.npz", ("test_images.npy", Npy("|u1", "2, 2, 6", pixels)), ("test_labels.npy", Npy("|u1", "2, 3", [1, 0, 1, 0, 0, 0])));

        var set = NpzImages.Read(good, "train");
        Assert.Equal([1, 0], set.Samples.Select(sample => sample.Label!.Value));
        Assert.Equal(new RgbColor(21, 22, 23), set.Samples[1].Image.Load()[1, 1]);
        Assert.Equal([[0, 2], []], NpzImages.Read(several, "test").Samples.Select(sample => sample.LabelSet!.ToArray()));
        Assert.Equal(["0", "1", "2"], NpzImages.Read(several, "test").LabelNames);

        Assert.Contains("test_images.npy", Assert.Throws<BadInputException>(() => NpzImages.Read(several, "val")).Message, StringComparison.Ordinal);
        foreach (var (type, shape, why) in new[] { ("<f4", "2, 2, 2", "type"), ("|u1", "2, 2", "array"), ("|u1", "9000000, 30000, 30000", "claims"), ("|u1", "2, 2, 7", "ends") })
        {
            var bad = Zip("bad.npz", ("train_images.npy", Npy(type, shape, pixels)));
            Assert.Contains(why, Assert.Throws<BadInputException>(() => NpzImages.Read(bad, "train")).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Mnist_is_read()
    {
        var set = IdxImages.ReadFolder(Fixtures.Shared("data/mnist"), "t10k");

        Assert.Equal(10_000, set.Samples.Count);
        Assert.Equal(10, set.LabelNames.Count);
        Assert.Equal((28, 28), (set.Samples[9999].Image.Load().Height, set.Samples[0].Image.Load().Width));
        // 33.79 over all of them; they lie sorted by class, so every twentieth is looked at.
        Assert.InRange(set.Samples.Where((_, i) => i % 20 == 0).Average(sample => sample.Image.Load().Pixels.Average(value => (double)value)), 32, 35.5);
    }

    [Fact]
    public void A_medical_archive_is_read()
    {
        var path = Fixtures.Shared("data/pneumoniamnist/pneumoniamnist.npz");

        Assert.Equal([3882, 524, 624], ((string[])["train", "val", "test"]).Select(split => NpzImages.Read(path, split).Samples.Count));
        Assert.Equal(2, NpzImages.Read(path, "test").LabelNames.Count);
    }

    [Fact]
    public void Emoji_and_their_captions_are_read_out_of_their_archives()
    {
        var data = Fixtures.Shared("data/emoji_captions");

        var set = ImageTable.Read(
            Path.Combine(data, "captions.zip/en.tsv"), new() { Image = "file", Suffix = ".png", Captions = "name" }, Path.Combine(data, "png72.zip"),
            new() { Rows = new() { Header = ["file", "emoji", "name", "keywords"], HasQuotes = false }, Decoding = new() { Background = RgbColor.White } });

        Assert.InRange(set.Samples.Count, 1500, 1650);
        var cat = set.Samples.Single(sample => sample.Captions[0] == "cat face").Image.Load();
        Assert.Equal((72, 72), (cat.Height, cat.Width));
        Assert.Equal(RgbColor.White, cat[0, 0]);
    }

    private static byte[] Npy(string type, string shape, byte[] values)
    {
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({shape}), }}\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. values];
    }

    private void Put(string name, byte[] bytes)
    {
        var path = folder.Path(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    private string Zip(string name, params (string Name, byte[] Bytes)[] files)
    {
        var path = folder.Path(name);
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach (var (entry, bytes) in files)
        {
            using var stream = archive.CreateEntry(entry).Open();
            stream.Write(bytes);
        }

        return path;
    }
}
