using System.Text;
using Plinth.Data.Vision;

namespace Plinth.Tests.Data.Vision;

/// <summary>What cannot or shall not be decoded is refused with its name and what is wrong with it.</summary>
public sealed class ImageRefusalTests
{
    private static void Refused(ImageFault fault, byte[] bytes, ImageLimits? limits = null)
    {
        var error = Assert.Throws<BadImageException>(() => ImageDecoder.Decode(bytes, "the-file", new() { Limits = limits ?? new() }));
        Assert.Equal(fault, error.Fault);
        Assert.Contains("the-file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_and_foreign_files_are_told_apart()
    {
        Refused(ImageFault.Empty, []);
        Refused(ImageFault.NotAnImage, "hello, I am a text with the extension png"u8.ToArray());
        Refused(ImageFault.NotAnImage, "BM is also how a text can begin, for example this one"u8.ToArray());
        Refused(ImageFault.NotAnImage, new byte[100]);
        Refused(ImageFault.UnsupportedFormat, Encoding.Latin1.GetBytes("II*\0\u0008\0\0\0 and more"));
        Refused(ImageFault.UnsupportedFormat, "<svg xmlns='http://www.w3.org/2000/svg'/>"u8.ToArray());
        Refused(ImageFault.UnsupportedFormat, Encoding.Latin1.GetBytes("\0\0\0\u001Cftypheic\0\0\0\0"));
        Refused(ImageFault.UnsupportedFormat, "%PDF-1.7 and so on"u8.ToArray());
    }

    [Theory]
    [InlineData("rgb.png")]
    [InlineData("rgb.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("lossy.webp")]
    [InlineData("lossless.webp")]
    [InlineData("rgb.bmp")]
    [InlineData("still.gif")]
    public void A_file_that_is_cut_off_is_refused(string name)
    {
        var whole = ImageFixtures.Bytes(name);
        for (var length = 0; length < whole.Length * 3 / 4; length += Math.Max(1, whole.Length / 40))
        {
            var error = Assert.Throws<BadImageException>(() => ImageDecoder.Decode(whole.AsSpan(0, length), name));
            Assert.True(error.Fault is ImageFault.Empty or ImageFault.NotAnImage or ImageFault.Truncated or ImageFault.Damaged, error.Message);
        }
    }

    [Fact]
    public void Sizes_beyond_the_limits_are_refused_before_anything_is_decoded()
    {
        var small = ImageFixtures.Bytes("rgb.png");
        Refused(ImageFault.TooLarge, small, new() { MaxFileBytes = 50 });
        Refused(ImageFault.TooLarge, small, new() { MaxPixels = 13 * 19 - 1 });
        Refused(ImageFault.TooLarge, small, new() { MaxSide = 18 });
        Assert.Equal(13, ImageDecoder.Decode(small, "rgb.png", new() { Limits = new() { MaxPixels = 13 * 19, MaxSide = 19 } }).Height);
        Refused(ImageFault.Empty, ImageFixtures.Png(0, 5, ImageFixtures.PackedZeros(10)));
        Refused(ImageFault.TooLarge, ImageFixtures.Png(-1, 5, ImageFixtures.PackedZeros(10)));
    }

    [Fact]
    public void Bombs_are_refused_by_their_claim_and_take_no_memory()
    {
        // 900 million pixels in less than a megabyte: zeros are packed a thousand to one.
        var bomb = ImageFixtures.Png(30_000, 30_000, ImageFixtures.PackedZeros(300_000_000));
        Assert.InRange(bomb.Length, 1000, 1 << 20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused(ImageFault.TooLarge, bomb);
        byte[] gif = [.. "GIF89a"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, .. new byte[40]];
        Refused(ImageFault.TooLarge, gif);
        byte[] webp = [.. "RIFF"u8, 100, 0, 0, 0, .. "WEBPVP8X"u8, 10, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, .. new byte[40]];
        Refused(ImageFault.TooLarge, webp);
        byte[] bmp = [.. "BM"u8, 0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0x40, 1, 0, 24, 0, .. new byte[40]];
        Refused(ImageFault.TooLarge, bmp);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_bomb_of_scans_is_refused()
    {
        var whole = ImageFixtures.Bytes("progressive.jpg");
        var scan = whole.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        var again = whole[scan..^2];
        byte[] bomb = [.. whole[..^2], .. Enumerable.Repeat(again, 3000).SelectMany(part => part), 0xFF, 0xD9];

        Refused(ImageFault.TooLarge, bomb);
    }

    [Fact]
    public void Small_data_behind_a_large_claim_within_the_limits_ends_as_cut_off()
    {
        var limits = new ImageLimits { MaxPixels = 4_000_000 };
        Refused(ImageFault.Truncated, ImageFixtures.Png(2000, 2000, ImageFixtures.PackedZeros(1000)), limits);
    }

    [Fact]
    public void Missing_files_and_folders_are_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(ImageFault.Missing, Assert.Throws<BadImageException>(() => ImageDecoder.Load(folder.Path("no.png"))).Fault);
        Assert.Equal(ImageFault.Missing, Assert.Throws<BadImageException>(() => ImageDecoder.Load(folder.Root)).Fault);
        File.WriteAllBytes(folder.Path("empty.png"), []);
        Assert.Equal(ImageFault.Empty, Assert.Throws<BadImageException>(() => ImageDecoder.Inspect(folder.Path("empty.png"))).Fault);
    }

    [Fact]
    public void A_size_behind_long_notes_is_found()
    {
        using var folder = new TemporaryFolder();
        var whole = ImageFixtures.Bytes("rgb.jpg");
        byte[] note = [0xFF, 0xFE, 0x40, 0x00, .. new byte[0x3FFE]];
        File.WriteAllBytes(folder.Path("a.jpg"), [.. whole[..2], .. note, .. note, .. whole[2..]]);

        Assert.Equal(13, ImageDecoder.Inspect(folder.Path("a.jpg")).Height);
        Assert.Equal(ImageFixtures.Expected("rgb.jpg").Pixels, ImageDecoder.Load(folder.Path("a.jpg")).Pixels);
    }
}
