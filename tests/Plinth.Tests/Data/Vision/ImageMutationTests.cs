using Plinth.Data.Vision;
using Plinth.Tests.Fuzzing;

namespace Plinth.Tests.Data.Vision;

/// <summary>Two thousand damaged files: each is read or refused by its typed error, nothing else, in bounded memory.</summary>
public sealed class ImageMutationTests
{
    private const int Rounds = 2000;

    [Fact]
    public void Damaged_files_are_read_or_refused_and_nothing_else()
    {
        var names = ImageFixtures.Names;
        var limits = new ImageDecodingOptions { Limits = new() { MaxPixels = 1 << 20 } };
        var (read, refused) = (0, 0);
        var before = NativeHeap.InUse;
        for (var round = 0; round < Rounds; round++)
        {
            var name = names[round % names.Count];
            var damaged = new Mutations(round).Of(ImageFixtures.Bytes(name));
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
        Assert.InRange(NativeHeap.InUse - before, long.MinValue, 16L << 20);
    }
}
