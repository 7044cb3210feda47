using System.Buffers.Binary;
using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Data.Text;

namespace Plinth.Data.Vision;

/// <summary>Reads the idx files of MNIST and its relatives, also as <c>.gz</c>: pictures of grey bytes, and a class for each.</summary>
public static class IdxImages
{
    private const byte UnsignedBytes = 8;

    /// <summary>Reads pictures and classes.</summary>
    /// <param name="imagesPath">The file of the pictures, for example <c>train-images-idx3-ubyte.gz</c>.</param>
    /// <param name="labelsPath">The file of the classes, or null when there are none.</param>
    /// <param name="options">Limits and rules; the plain case when left out.</param>
    /// <exception cref="BadInputException">A file is missing, malformed or cut off, or they do not belong together.</exception>
    public static ImageSet Read(string imagesPath, string? labelsPath = null, ImageSetOptions? options = null)
    {
        options ??= new();
        var (shape, values) = ReadArray(imagesPath, options, axes => ImageArray.Length(imagesPath, axes, options));
        int[]? labels = null;
        if (labelsPath is not null)
        {
            var (count, classes) = ReadArray(labelsPath, options, axes => axes.Count == 1 && axes[0] == shape[0]
                ? axes[0]
                : throw new BadInputException($"{labelsPath} holds an array of [{string.Join(", ", axes)}] where a class for each of the {shape[0]:N0} pictures of {imagesPath} is wanted."));
            labels = [.. classes.Take((int)count[0]).Select(label => (int)label)];
        }

        return new ImageArray(imagesPath, values, shape).ToSet(labels, null, options);
    }

    /// <summary>Reads one split of a folder with MNIST's names: <c>{split}-images-idx3-ubyte</c> and <c>{split}-labels-idx1-ubyte</c>, each also as <c>.gz</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="split"><c>train</c> or <c>t10k</c>.</param>
    /// <param name="options">Limits and rules; the plain case when left out.</param>
    /// <exception cref="BadInputException">A file is missing, malformed or cut off.</exception>
    public static ImageSet ReadFolder(string folder, string split, ImageSetOptions? options = null) =>
        Read(Named(folder, $"{split}-images-idx3-ubyte"), Named(folder, $"{split}-labels-idx1-ubyte"), options);

    private static string Named(string folder, string name) => Path.Combine(folder, name) is var path && File.Exists(path) ? path : path + ".gz";

    private static (IReadOnlyList<long> Shape, byte[] Values) ReadArray(string path, ImageSetOptions options, Func<IReadOnlyList<long>, long> lengthOf)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        RowFiles.CheckExists(path);
        using var stream = CorpusWalk.Expand(path, options.Rows).Open();
        Span<byte> head = stackalloc byte[4];
        if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || head[0] != 0 || head[1] != 0 || head[3] is 0 or > 8)
        {
            throw new BadInputException($"{path} is no idx file: it must begin with two zeros, a type and a number of axes. Look whether it is still packed.");
        }

        if (head[2] != UnsignedBytes)
        {
            throw new BadInputException($"{path} holds values of type 0x{head[2]:X2}; read are bytes (0x08).");
        }

        var axes = new byte[4 * head[3]];
        var isWhole = stream.ReadAtLeast(axes, axes.Length, throwOnEndOfStream: false) == axes.Length;
        long[] shape = [.. axes.Chunk(4).Select(axis => (long)BinaryPrimitives.ReadUInt32BigEndian(axis))];
        var values = isWhole ? BoundedBytes.Read(stream, lengthOf(shape), out isWhole) : [];
        return isWhole ? (shape, values) : throw new BadInputException($"{path} ends before all of its {shape[0]:N0} entries. Fetch it again.");
    }
}
