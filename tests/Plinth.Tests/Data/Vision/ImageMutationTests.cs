using Plinth.Data.Vision;

namespace Plinth.Tests.Data.Vision;

/// <summary>Two thousand damaged files: each is read or refused by its typed error, nothing else, in bounded memory.</summary>
public sealed class ImageMutationTests
{
    private const int Rounds = 2000;

    [Fact]
    public void Damaged_files_are_read_or_refused_and_nothing_else()
    {
        var random = new Random(20);
        var names = ImageFixtures.Names;
        var limits = new ImageDecodingOptions { Limits = new() { MaxPixels = 1 << 20 } };
        var (read, refused) = (0, 0);
        var before = Environment.WorkingSet;
        for (var round = 0; round < Rounds; round++)
        {
            var name = names[round % names.Count];
            var damaged = Mutated(ImageFixtures.Bytes(name), random);
            try
            {
                var image = ImageDecoder.Decode(damaged, $"{name}#{round}", limits);
                Assert.InRange((long)image.Height * image.Width, 1, 1 << 20);
                read++;
            }
            catch (BadImageException error)
            {
                Assert.Contains(name, error.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        // Both ends must be met often, or the test would show little.
        Assert.InRange(read, Rounds / 10, Rounds);
        Assert.InRange(refused, Rounds / 10, Rounds);
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 256L << 20);
    }

    private static byte[] Mutated(byte[] bytes, Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                return bytes[..random.Next(bytes.Length)];
            case 1:
                var at = random.Next(bytes.Length);
                return [.. bytes[..at], .. bytes[random.Next(bytes.Length)..]];
            case 2:
                var insert = new byte[random.Next(1, 40)];
                random.NextBytes(insert);
                var place = random.Next(bytes.Length);
                return [.. bytes[..place], .. insert, .. bytes[place..]];
            default:
                for (var i = random.Next(1, 12); i > 0; i--)
                {
                    // The head decides most; there the extremes are the most telling values.
                    var index = random.Next(2) == 0 ? random.Next(Math.Min(64, bytes.Length)) : random.Next(bytes.Length);
                    bytes[index] = random.Next(3) switch { 0 => 0xFF, 1 => 0, _ => (byte)random.Next(256) };
                }

                return bytes;
        }
    }
}
