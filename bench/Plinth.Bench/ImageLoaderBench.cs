using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Models;
using Plinth.Tasks.Vision;
using Plinth.Training;
using static TorchSharp.torch;

namespace Plinth.Bench;

/// <summary>
/// How long training waits for pictures: a ViT-Tiny learns classes of files of 320 × 240, cut and mirrored at random, with two threads; made when
/// they are asked for, and made ahead. The goal is a share below 5 %.
/// </summary>
internal static class ImageLoaderBench
{
    private const int PictureCount = 320, BatchSize = 16, Steps = 20, Width = 320, Height = 240, Side = 224;

    public static void Run(BenchReport report)
    {
        set_num_threads(2);
        var folder = Path.Combine(Path.GetTempPath(), $"plinth-image-loader-{Environment.ProcessId}");
        report.Add($"ViT-Tiny, pictures of {Side} × {Side}, {Steps} steps of {BatchSize} with AdamW, from files of {Width} × {Height}.");
        report.Add($"");
        report.Add($"| files | batches made ahead | images/s | waited for pictures | share | unguarded |");
        report.Add($"|---|---|---|---|---|---|");
        try
        {
            foreach (var ending in new[] { "jpg", "png" })
            {
                var files = Path.Combine(folder, ending);
                Write(files, ending);
                var set = ImageFolder.Read(files);
                foreach (var prefetch in new[] { 0, 2 })
                {
                    var (seconds, kept) = Train(set, prefetch);
                    report.Add($"| {ending} | {prefetch} | {Steps * BatchSize / seconds:0.0} | {kept.Waited.TotalSeconds:0.00} s of {kept.Elapsed.TotalSeconds:0.0} s | {kept.WaitShare:P1} | {kept.UnguardedCount} |");
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Write(string folder, string ending)
    {
        foreach (var (number, sample) in new DrawnScenes(new() { Seed = 1, Side = Width }).Read(SceneSplit.Train, PictureCount).Samples.Index())
        {
            var image = sample.Image.Load();
            var row = Width * RgbImage.Channels;
            var middle = image.Pixels.AsSpan((Width - Height) / 2 * row, Height * row).ToArray();
            var place = Path.Combine(folder, DrawnScenes.LabelNames[sample.Label!.Value]);
            Directory.CreateDirectory(place);
            ImageEncoder.Save(Path.Combine(place, $"{number}.{ending}"), new(Height, Width, middle));
        }
    }

    private static (double Seconds, ImageLoaderReport Report) Train(ImageSet set, int prefetch)
    {
        random.manual_seed(1);
        var family = ModelCatalog.Families["vit"];
        var config = family.Shape(new(12, 192, 3, 1, 1) { Image = new(Side, 16) }).WithLabels(set.LabelNames);
        var processor = new ImageProcessor(new() { ImageProcessorType = "ViTImageProcessor", Size = new ExactSize(Side, Side), ImageMean = ChannelValues.All(0.5), ImageStd = ChannelValues.All(0.5) });
        using var model = new Model(family, config, HeadKind.ImageClassification);
        using var task = new ImageClassification(model, processor);
        using var loader = new ImageLoader(set.Samples, processor, new()
        {
            BatchSize = BatchSize,
            Prefetch = prefetch,
            Augmentations = new([new RandomResizedCrop(Side, Side), new HorizontalFlip()], seed: 1),
        });
        var trainer = new Trainer(new() { Steps = Steps });
        return (BenchReport.Seconds(() => trainer.Run(task, new ImageBatchSource(loader, task.Collate))), loader.Report);
    }
}
