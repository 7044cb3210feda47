using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Tests.Data.Vision;

/// <summary>Random changes: the same for the same numbers, what each does, and that none writes into its picture.</summary>
public sealed class AugmentationTests
{
    private static Augmentation[] All =>
    [
        new RandomResizedCrop(20, 28), new HorizontalFlip(), new ColorJitter(), new Greyscale(0.5), new GaussianBlur(), new Solarise(0.5), new RandomErasing(0.5),
        new RandomAffine { MaxShear = 5 },
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, All.Length)];

    private static AugmentationRandom Chance(long n = 0) => new(7, n);

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_change_is_the_same_for_the_same_numbers_another_for_others_and_leaves_its_picture_alone(int number)
    {
        var image = ImageFixtures.Scene();
        var before = ImageFixtures.Checksum(image);
        var changes = new Augmentations([All[number]], 5);

        uint[] Run(Augmentations steps) => [.. Enumerable.Range(0, 30).Select(i => ImageFixtures.Checksum(steps.Apply(image, i / 10, i % 10, 0)))];
        var first = Run(changes);

        Assert.Equal(first, Run(changes));
        Assert.Equal(first.Reverse(), [.. Enumerable.Range(0, 30).Reverse().Select(i => ImageFixtures.Checksum(changes.Apply(image, i / 10, i % 10)))]);
        Assert.NotEqual(first, Run(new([All[number]], 6)));
        Assert.InRange(first.Distinct().Count(), 2, 30);
        Assert.NotEqual(first[..10], first[10..20]);
        Assert.Equal(before, ImageFixtures.Checksum(image));
    }

    [Fact]
    public void Views_differ_and_a_step_does_not_disturb_the_next()
    {
        var image = ImageFixtures.Scene();
        var crop = new RandomResizedCrop(16, 16);

        var alone = new Augmentations([new Greyscale(0), crop], 3).Apply(image, 1, 2);
        var after = new Augmentations([new RandomErasing(0), crop], 3).Apply(image, 1, 2);

        Assert.Equal(alone.Pixels, after.Pixels);
        Assert.NotEqual(alone.Pixels, new Augmentations([new Greyscale(0), crop], 3).Apply(image, 1, 2, view: 1).Pixels);
    }

    [Fact]
    public void The_numbers_are_the_same_in_every_version()
    {
        var changes = new Augmentations(All, 11);
        long[] expected = [164592, 191808, 122391, 249233];
        for (var i = 0; i < expected.Length; i++)
        {
            // Another processor's sine may round a value the other way, no more.
            Assert.Equal(expected[i], changes.Apply(ImageFixtures.Noise(24, 24, 5), 0, i).Pixels.Sum(value => (double)value), 20.0);
        }
    }

    [Fact]
    public void A_flip_twice_is_the_picture_and_a_flip_of_never_is_none()
    {
        var image = ImageFixtures.Scene();
        var flipped = new HorizontalFlip(1).Apply(image, Chance());

        Assert.Equal(image[3, 0], flipped[3, image.Width - 1]);
        Assert.Equal(image.Pixels, new HorizontalFlip(1).Apply(flipped, Chance()).Pixels);
        Assert.Same(image, new HorizontalFlip(0).Apply(image, Chance()));
    }

    [Fact]
    public void Pieces_keep_to_their_bounds()
    {
        // The colour of a pixel says where it was.
        var map = new RgbImage(100, 100);
        for (var i = 0; i < 10_000; i++)
        {
            (map.Pixels[3 * i], map.Pixels[(3 * i) + 1]) = ((byte)(i / 100), (byte)(i % 100));
        }

        var crop = new RandomResizedCrop(50, 50) { MinArea = 0.25, MaxArea = 0.5, Filter = ResampleFilter.Nearest };
        for (var i = 0; i < 200; i++)
        {
            var piece = crop.Apply(map, Chance(i));
            double height = piece[49, 0].Red - piece[0, 0].Red + 2, width = piece[0, 49].Green - piece[0, 0].Green + 2;
            Assert.InRange(height * width / 10_000, 0.22, 0.56);
            Assert.InRange(width / height, 0.7, 1.45);
        }

        Assert.Equal((50, 50), (crop.Apply(new RgbImage(2, 90), Chance()).Height, crop.Apply(new RgbImage(90, 1), Chance()).Width));
    }

    [Fact]
    public void Tones_change_as_their_names_say()
    {
        var image = ImageFixtures.Scene();
        var grey = new Greyscale(1).Apply(image, Chance());
        Assert.All(Enumerable.Range(0, image.Width), x => Assert.True(grey[5, x].Red == grey[5, x].Green && grey[5, x].Green == grey[5, x].Blue));
        Assert.Equal(grey.Pixels, new Greyscale(1).Apply(grey, Chance()).Pixels);

        Assert.Equal(255 - 200, new Solarise(1).Apply(new RgbImage(1, 1, new RgbColor(200, 100, 128)), Chance())[0, 0].Red);
        Assert.Equal(new(55, 100, 127), new Solarise(1).Apply(new RgbImage(1, 1, new RgbColor(200, 100, 128)), Chance())[0, 0]);

        var none = new ColorJitter { Brightness = 0, Contrast = 0, Saturation = 0, Hue = 0 };
        Assert.Same(image, none.Apply(image, Chance()));
        Assert.All(Enumerable.Range(0, 20), i => Assert.InRange((none with { Brightness = 0.5 }).Apply(new RgbImage(1, 1, new RgbColor(100, 100, 100)), Chance(i))[0, 0].Red, 50, 150));
    }

    [Fact]
    public void A_turn_of_the_hue_goes_round_the_circle()
    {
        var red = new RgbImage(1, 1, new RgbColor(255, 0, 0));
        var colors = Enumerable.Range(0, 300).Select(i => new ColorJitter { Brightness = 0, Contrast = 0, Saturation = 0, Hue = 0.5 }.Apply(red, Chance(i))[0, 0]).ToList();

        Assert.All(colors, color => Assert.Equal((255, 0), (Math.Max(color.Red, Math.Max(color.Green, color.Blue)), Math.Min(color.Red, Math.Min(color.Green, color.Blue)))));
        Assert.Contains(colors, color => color.Green == 255);
        Assert.Contains(colors, color => color.Blue == 255);
        Assert.All(
            colors.Select((_, i) => new ColorJitter { Brightness = 0, Contrast = 0, Saturation = 0, Hue = 1e-9 }.Apply(red, Chance(i))[0, 0]), color => Assert.Equal(new(255, 0, 0), color));
    }

    [Fact]
    public void Blur_keeps_the_mean_and_flattens_and_one_colour_stays()
    {
        var image = ImageFixtures.Noise(30, 30, 3);
        var blurred = new GaussianBlur(1, 1.5, 1.5).Apply(image, Chance());

        Assert.Equal(Mean(image), Mean(blurred), 2.0);
        Assert.InRange(Spread(blurred), 1, Spread(image) / 3);
        Assert.Equal(new RgbImage(9, 5, RgbColor.White).Pixels, new GaussianBlur(1).Apply(new RgbImage(9, 5, RgbColor.White), Chance()).Pixels);
    }

    [Fact]
    public void Erasing_touches_a_rectangle_of_allowed_size()
    {
        var image = new RgbImage(40, 50, new RgbColor(9, 9, 9));
        for (var i = 0; i < 50; i++)
        {
            var erased = new RandomErasing(1).Apply(image, Chance(i));
            var touched = Enumerable.Range(0, 2000).Count(p => erased[p / 50, p % 50] != image[0, 0]);
            Assert.InRange(touched / 2000.0, 0.01, 0.36);
        }
    }

    [Fact]
    public void An_affine_change_of_nothing_is_the_picture_and_a_shift_brings_background()
    {
        var image = ImageFixtures.Scene();
        var still = new RandomAffine { MaxRotation = 0, MaxShift = 0, MinScale = 1, MaxScale = 1 };
        Assert.Equal(image.Pixels, still.Apply(image, Chance()).Pixels);

        var white = new RgbImage(20, 20, RgbColor.White);
        var moved = Enumerable.Range(0, 20).Select(i => (still with { MaxShift = 0.2 }).Apply(white, Chance(i))).ToList();
        Assert.Contains(moved, picture => picture[0, 0] == RgbColor.Black);
        Assert.All(moved, picture => Assert.Equal(RgbColor.White, picture[10, 10]));
    }

    [Theory]
    [InlineData(0.8, 0)]
    [InlineData(0, 1.0)]
    public void Mixing_shares_pixels_and_classes_alike(double mixup, double cutmix)
    {
        for (var index = 0; index < 20; index++)
        {
            // Each picture holds the number of its class, so that its mean says what it is made of.
            var batch = new PixelBatch(5, 8, 10, [.. Enumerable.Range(0, 5 * 240).Select(i => (float)(i / 240))]);

            var targets = new BatchMixing { MixupAlpha = mixup, CutmixAlpha = cutmix }.Apply(batch, [0, 1, 2, 3, 4], 5, 9, index);

            for (var i = 0; i < 5; i++)
            {
                var weights = targets.AsSpan(i * 5, 5).ToArray();
                Assert.Equal(1, weights.Sum(), 1e-6);
                Assert.Equal(weights.Select((weight, number) => weight * number).Sum(), batch.Image(i).ToArray().Average(), 1e-4);
            }
        }
    }

    [Fact]
    public void Mixing_is_repeatable_smooths_and_can_be_off()
    {
        static float[] Run(BatchMixing mixing, long index, out float[] values)
        {
            var batch = new PixelBatch(4, 6, 6, [.. Enumerable.Range(0, 4 * 108).Select(i => (float)i)]);
            var targets = mixing.Apply(batch, [0, 1, 1, 2], 3, 1, index);
            values = batch.Values;
            return targets;
        }

        Assert.Equal(Run(new(), 3, out var first), Run(new(), 3, out var second));
        Assert.Equal(first, second);
        Assert.NotEqual(Run(new(), 3, out _), Run(new(), 4, out _));
        Assert.Equal([1f, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1], Run(new() { Probability = 0 }, 0, out _));
        var smooth = Run(new() { Probability = 0, Smoothing = 0.3 }, 0, out _);
        Assert.Equal([0.8, 0.1, 0.1], smooth[..3].Select(weight => Math.Round(weight, 6)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchMixing().Apply(new(1, 1, 1, new float[3]), [5], 3, 0, 0));
    }

    [Fact]
    public void Shares_have_the_mean_and_spread_of_their_law()
    {
        foreach (var alpha in (double[])[0.2, 0.8, 1, 4])
        {
            var shares = Enumerable.Range(0, 20_000).Select(i => Chance(i).Beta(alpha)).ToList();
            Assert.Equal(0.5, shares.Average(), 0.01);
            // The variance of Beta(a, a) is 1 / (4 (2a + 1)).
            Assert.Equal(1 / (4 * ((2 * alpha) + 1)), shares.Average(share => Math.Pow(share - 0.5, 2)), 0.004);
        }
    }

    private static double Mean(RgbImage image) => image.Pixels.Average(value => (double)value);

    private static double Spread(RgbImage image) => Math.Sqrt(image.Pixels.Average(value => Math.Pow(value - Mean(image), 2)));
}
