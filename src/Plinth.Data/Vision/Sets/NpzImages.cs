using System.Buffers.Binary;
using System.IO.Compression;
using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Data.Text;

namespace Plinth.Data.Vision;

/// <summary>Reads NumPy archives with the names of MedMNIST: <c>{split}_images</c> and <c>{split}_labels</c> for each split.</summary>
public static class NpzImages
{
    private const int MostClasses = 1 << 16;

    /// <summary>Reads one split.</summary>
    /// <param name="path">The <c>.npz</c> file.</param>
    /// <param name="split"><c>train</c>, <c>val</c> or <c>test</c>.</param>
    /// <param name="options">Limits and rules; the plain case when left out.</param>
    /// <exception cref="BadInputException">The file is missing, malformed or cut off, or has no such split.</exception>
    public static ImageSet Read(string path, string split, ImageSetOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentException.ThrowIfNullOrWhiteSpace(split);
        options ??= new();
        RowFiles.CheckExists(path);
        try
        {
            using var archive = new ZipArchive(CorpusWalk.OpenFile(path), ZipArchiveMode.Read);
            var images = Images(archive, path, split + "_images.npy", options);
            var labelsEntry = split + "_labels.npy";
            if (archive.GetEntry(labelsEntry) is null)
            {
                return images.ToSet(null, null, options);
            }

            var (labels, columns) = Labels(archive, path, labelsEntry, images.Shape[0], options);
            // One column is the class; several say of each class whether it applies.
            return columns == 1
                ? images.ToSet(labels, null, options)
                : images.ToSet(null, [.. labels.Chunk(columns).Select(row => row.Index().Where(flag => flag.Item != 0).Select(flag => flag.Index).ToArray())], options, columns);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BadInputException($"{path} cannot be read as a NumPy archive: {error.Message.TrimEnd('.')}. Fetch it again.", error);
        }
    }

    private static ImageArray Images(ZipArchive archive, string path, string entry, ImageSetOptions options)
    {
        var name = $"{path}/{entry}";
        using var stream = Open(archive, path, entry, options);
        var header = NpyHeader.Read(stream, name);
        if (header.Type is not ("|u1" or "u1"))
        {
            throw new BadInputException($"{name} holds values of type {header.Type}; pictures are bytes (|u1).");
        }

        var values = BoundedBytes.Read(stream, ImageArray.Length(name, header.Shape, options), out var isWhole);
        return isWhole ? new(name, values, header.Shape) : throw CutOff(name);
    }

    private static (int[] Labels, int Columns) Labels(ZipArchive archive, string path, string entry, long count, ImageSetOptions options)
    {
        var name = $"{path}/{entry}";
        using var stream = Open(archive, path, entry, options);
        var header = NpyHeader.Read(stream, name);
        var columns = header.Shape.Count == 2 ? header.Shape[1] : 1;
        if (header.Shape.Count is not (1 or 2) || header.Shape[0] != count || columns is < 1 or > 1024)
        {
            throw new BadInputException($"{name} holds an array of [{string.Join(", ", header.Shape)}] where classes of {count:N0} pictures are wanted.");
        }

        var (size, read) = Reader(header.Type) ?? throw new BadInputException($"{name} holds values of type {header.Type}; classes are whole numbers (|u1, <i2, <i4, <i8, |b1).");
        var bytes = BoundedBytes.Read(stream, checked(count * columns * size), out var isWhole);
        int[] labels = isWhole ? [.. bytes.Chunk(size).Select(value => read(value) is var label && label is >= 0 and < MostClasses ? (int)label : throw new BadInputException($"{name} holds the class {label}; classes are 0 to {MostClasses - 1}."))] : throw CutOff(name);
        return (labels, (int)columns);
    }

    private static (int Size, Func<byte[], long> Read)? Reader(string type) => type switch
    {
        "|u1" or "u1" or "|b1" => (1, bytes => bytes[0]),
        "|i1" => (1, bytes => (sbyte)bytes[0]),
        "<u2" => (2, bytes => BinaryPrimitives.ReadUInt16LittleEndian(bytes)),
        "<i2" => (2, bytes => BinaryPrimitives.ReadInt16LittleEndian(bytes)),
        "<u4" => (4, bytes => BinaryPrimitives.ReadUInt32LittleEndian(bytes)),
        "<i4" => (4, bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        "<i8" or "<u8" => (8, bytes => BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        _ => null,
    };

    private static GuardedStream Open(ZipArchive archive, string path, string entry, ImageSetOptions options)
    {
        var found = archive.GetEntry(entry)
            ?? throw new BadInputException($"There is no '{entry}' in {path}. It holds: {string.Join(", ", archive.Entries.Take(20).Select(other => other.FullName))}.");
        var name = $"{path}/{entry}";
        return new(found.Open(), name, new(name, found.CompressedLength, options.Rows));
    }

    private static BadInputException CutOff(string name) => new($"{name} ends before all of its entries. Fetch it again.");
}
