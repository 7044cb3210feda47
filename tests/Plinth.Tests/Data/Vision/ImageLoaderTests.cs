using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Tests.Data.Vision;

/// <summary>Batches by number: the same with and without a thread, from any place on, and errors reach who asks.</summary>
public sealed class ImageLoaderTests
{
    private static readonly ImageProcessor Processor = new(new() { ImageProcessorType = "ViTImageProcessor", Size = new ExactSize(8, 8), Resample = ResampleFilter.Bicubic });

    private static ImageSample[] Samples(int count = 23) =>
        [.. Enumerable.Range(0, count).Select(i => new ImageSample(ImageSource.Of(ImageFixtures.Noise(12, 10, i + 1), $"picture {i}")) { Label = i })];

    private static ImageLoaderOptions Options(int prefetch) => new()
    {
        BatchSize = 5, Seed = 4, Prefetch = prefetch, Augmentations = new([new RandomResizedCrop(10, 10), new HorizontalFlip(), new ColorJitter()], 8), ViewCount = 2,
    };

    private static string Text(LoadedImages batch) => $"{batch.Index}: {string.Join(',', batch.Samples.Select(sample => sample.Label))} {batch.Pixels.Values.Sum():F4}";

    [Fact]
    public void The_thread_changes_nothing_and_a_new_start_goes_on_as_before()
    {
        using var plain = new ImageLoader(Samples(), Processor, Options(0));
        using var ahead = new ImageLoader(Samples(), Processor, Options(3));
        var expected = Enumerable.Range(0, 12).Select(i => Text(plain.At(i))).ToList();

        Assert.Equal(5, ahead.BatchesPerEpoch);
        Assert.Equal(expected, Enumerable.Range(0, 12).Select(i => Text(ahead.At(i))));
        Assert.Equal(expected[7..], Enumerable.Range(7, 5).Select(i => Text(ahead.At(i))));
        Assert.Equal(expected[2], Text(ahead.At(2)));
        Assert.Equal(12, expected.Distinct().Count());
        Assert.Equal(3, plain.At(4).Samples.Count);
        Assert.Equal(6, plain.At(4).Pixels.Count);
    }

    [Fact]
    public void Arrays_that_are_given_back_are_used_again_and_hold_the_right_values()
    {
        using var plain = new ImageLoader(Samples(), Processor, Options(0));
        using var ahead = new ImageLoader(Samples(), Processor, Options(2));
        HashSet<float[]> arrays = [];
        for (var i = 0; i < 60; i++)
        {
            var batch = ahead.At(i);
            Assert.Equal(plain.At(i).Pixels.Values, batch.Pixels.Values);
            arrays.Add(batch.Pixels.Values);
            ahead.Return(batch);
        }

        // The last batch of each epoch is smaller, so that one array an epoch is given up.
        Assert.InRange(arrays.Count, 2, 40);
    }

    [Fact]
    public void A_bad_picture_is_an_error_or_is_replaced()
    {
        var samples = Samples(6);
        samples[2] = new(new EncodedImage("no picture"u8.ToArray(), "bad one")) { Label = 2 };
        using var strict = new ImageLoader(samples, Processor, new() { BatchSize = 3, IsShuffled = false, Prefetch = 2 });
        Assert.Contains("bad one", Assert.Throws<BadImageException>(() => strict.At(0)).Message, StringComparison.Ordinal);
        Assert.Equal([3, 4, 5], strict.At(1).Samples.Select(sample => sample.Label!.Value));
        Assert.Throws<BadImageException>(() => strict.At(0));

        List<string> told = [];
        using var lenient = new ImageLoader(samples, Processor, new() { BatchSize = 3, IsShuffled = false, Prefetch = 2, BadPicture = error => told.Add(error.Message) });
        Assert.Equal([0, 1, 3], lenient.At(0).Samples.Select(sample => sample.Label!.Value));
        Assert.Equal([3, 4, 5], lenient.At(1).Samples.Select(sample => sample.Label!.Value));
        Assert.Contains("bad one", told[0], StringComparison.Ordinal);

        using var hopeless = new ImageLoader([samples[2]], Processor, new() { BadPicture = _ => { } });
        Assert.Throws<BadImageException>(() => hopeless.At(0));
    }

    [Fact]
    public void The_report_says_how_much_was_waited()
    {
        using var slow = new ImageLoader([new(new Slow())], Processor, new() { BatchSize = 1, Prefetch = 2 });
        for (var i = 0; i < 5; i++)
        {
            slow.Return(slow.At(i));
        }

        Assert.Equal((5, 5), (slow.Report.BatchCount, slow.Report.ImageCount));
        Assert.InRange(slow.Report.WaitShare, 0.8, 1);

        using var fast = new ImageLoader([new(new Slow())], Processor, new() { BatchSize = 1, Prefetch = 2 });
        for (var i = 0; i < 5; i++)
        {
            fast.At(i);
            Thread.Sleep(120);
        }

        Assert.InRange(fast.Report.WaitShare, 0.001, 0.5);
        Assert.Contains("5 pictures in 5 batches", fast.Report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Garbage_is_collected_at_requests_and_not_between_them()
    {
        using (var loader = new ImageLoader(Samples(), Processor, Options(2)))
        {
            loader.At(0);
            for (var i = 1; i < 20; i++)
            {
                var before = GC.CollectionCount(0);
                for (var k = 0; k < 40; k++)
                {
                    // A megabyte each, which alone would have the collector run.
                    Assert.Equal(1 << 20, new byte[1 << 20].Length);
                }

                Assert.Equal(before, GC.CollectionCount(0));
                loader.Return(loader.At(i));
                Assert.NotEqual(before, GC.CollectionCount(0));
            }

            Assert.Equal(0, loader.Report.UnguardedCount);
            GC.Collect();
            loader.At(20);
            Assert.Equal(1, loader.Report.UnguardedCount);
        }

        Assert.NotEqual(System.Runtime.GCLatencyMode.NoGCRegion, System.Runtime.GCSettings.LatencyMode);
    }

    [Fact]
    public void Boxes_and_changes_that_move_things_do_not_go_together()
    {
        ImageSample[] samples = [new(ImageSource.Of(ImageFixtures.Scene())) { Boxes = [new(0, 0, 4, 4, 0)] }];

        Assert.Contains("RandomResizedCrop", Assert.Throws<PlinthException>(() => new ImageLoader(samples, Processor, Options(0))).Message, StringComparison.Ordinal);
        using var toned = new ImageLoader(samples, Processor, new() { Augmentations = new([new ColorJitter()], 1), Prefetch = 0 });
        Assert.Equal(1, toned.At(0).Pixels.Count);
        var cutting = new ImageProcessor(new() { ImageProcessorType = "ViTImageProcessor", DoCenterCrop = true, CropSize = new(8, 8) });
        Assert.Contains("do_center_crop", Assert.Throws<PlinthException>(() => new ImageLoader(samples, cutting)).Message, StringComparison.Ordinal);
        Assert.Throws<PlinthException>(() => new ImageLoader([], Processor));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Boxes_move_with_their_pictures(double probability)
    {
        // White where the box is, and black elsewhere; twice as many rows and columns as values.
        var image = new RgbImage(24, 40, new RgbColor(0, 0, 0));
        var (left, top, width, height) = (4, 6, 12, 8);
        for (var at = 0; at < width * height; at++)
        {
            image.Pixels.AsSpan(((((top + (at / width)) * 40) + left + (at % width)) * 3), 3).Fill(255);
        }

        ImageSample[] samples = [new(ImageSource.Of(image)) { Boxes = [new(left, top, width, height, 3)] }];
        var processor = new ImageProcessor(new() { ImageProcessorType = "ViTImageProcessor", Size = new ExactSize(12, 20), Resample = ResampleFilter.Box, DoNormalize = false });
        using var loader = new ImageLoader(samples, processor, new() { Augmentations = new([new HorizontalFlip(probability)], 1), Prefetch = 0 });
        var batch = loader.At(0);
        var lit = Enumerable.Range(0, 12 * 20).Where(at => batch.Pixels.Values[at] > 0.5).ToList();
        var box = Assert.Single(Assert.Single(batch.Samples).Boxes!);
        Assert.Equal((lit.Min(at => at % 20), lit.Min(at => at / 20), 6, 4, 3), (box.Left, box.Top, box.Width, box.Height, box.Category));
        Assert.Equal(probability == 0 ? 2 : 20 - 2 - 6, box.Left);
    }

    [Fact]
    public void A_source_of_batches_makes_tensors_and_gives_arrays_back()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var loader = new ImageLoader(Samples(), Processor, new() { BatchSize = 5 });
        var source = new ImageBatchSource(loader, images => new TextBatch { InputIds = images.Pixels.Pixels() });

        Assert.Equal(5, source.BatchesPerEpoch);
        Assert.Equal([5, 3, 8, 8], ((TextBatch)source.At(0)).InputIds.shape);
        Assert.Equal([3, 3, 8, 8], ((TextBatch)source.At(4)).InputIds.shape);
    }

    private sealed class Slow : ImageSource
    {
        public override string Name => "slow";

        public override RgbImage Load(RgbColor? background = null)
        {
            Thread.Sleep(40);
            return new(4, 4);
        }
    }
}
