using System.IO.Compression;
using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Tests.Data.Vision;

/// <summary>Damaged archives, arrays and tables are read or refused, and nothing else happens.</summary>
public sealed class ImageSetMutationTests
{
    private const int Rounds = 300;

    [Theory]
    [InlineData("set.zip")]
    [InlineData("set.npz")]
    [InlineData("set.idx")]
    [InlineData("set.idx.gz")]
    [InlineData("set.jsonl")]
    [InlineData("set.json")]
    public void A_damaged_set_is_read_or_refused_and_nothing_else(string name)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Path(name);
        File.WriteAllBytes(folder.Path("a.png"), ImageFixtures.Bytes("rgb.png"));
        File.WriteAllBytes(path, Whole(name));
        Assert.NotEmpty(Read(path).Samples);
        var whole = File.ReadAllBytes(path);
        var random = new Random(name.Length);
        var refused = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var damaged = whole.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                damaged[random.Next(2) == 0 ? random.Next(Math.Min(80, damaged.Length)) : random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, random.Next(4) == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            try
            {
                foreach (var sample in Read(path).Samples.Take(3))
                {
                    _ = sample.Image.Load();
                }
            }
            catch (BadInputException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, Rounds / 10, Rounds);
    }

    private static ImageSet Read(string path)
    {
        var options = new ImageSetOptions { MaxHeldBytes = 64 << 20, Decoding = new() { Limits = new() { MaxPixels = 1 << 20 } } };
        return Path.GetFileName(path) switch
        {
            "set.zip" => ImageFolder.Read(path, options),
            "set.npz" => NpzImages.Read(path, "train", options),
            "set.jsonl" => ImageTable.Read(path, new() { Label = "label", Boxes = "objects", Questions = "questions" }, options: options),
            "set.json" => CocoImages.Read(path, null, options),
            _ => IdxImages.Read(path, null, options),
        };
    }

    private static byte[] Whole(string name)
    {
        byte[] idx = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 3, .. Enumerable.Range(0, 24).Select(i => (byte)i)];
        var header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 4, 3), }\n"u8.ToArray();
        using var stream = new MemoryStream();
        switch (name)
        {
            case "set.idx":
                return idx;
            case "set.jsonl":
                return """{"image":"a.png","label":"x","objects":{"bbox":[[1,2,3,4]],"category":["star"]},"questions":[{"question":"How many?","answers":["two"]}]}"""u8.ToArray();
            case "set.json":
                return """{"images":[{"id":7,"file_name":"a.png"}],"categories":[{"id":2,"name":"star"}],"annotations":[{"id":1,"image_id":7,"category_id":2,"bbox":[1,2,3,4],"iscrowd":0,"segmentation":[[1,2,3]]}]}"""u8.ToArray();
            case "set.idx.gz":
                using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
                {
                    gzip.Write(idx);
                }

                return stream.ToArray();
            default:
                using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
                {
                    using var entry = archive.CreateEntry(name == "set.npz" ? "train_images.npy" : "cat/a.png").Open();
                    entry.Write(name == "set.npz" ? [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. Enumerable.Range(0, 24).Select(i => (byte)i)] : ImageFixtures.Bytes("rgb.png"));
                }

                return stream.ToArray();
        }
    }
}
