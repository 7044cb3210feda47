using System.IO.Compression;
using Plinth.Core;
using Plinth.Data.Formats;

namespace Plinth.Data.Vision;

/// <summary>
/// A zip archive whose entries are read one at a time, by any thread. It stays open as long as a picture of it is referred to;
/// the garbage collector closes it.
/// </summary>
internal sealed class ImageArchive
{
    private readonly Lock gate = new();
    private readonly string path;
    private readonly ZipArchive archive;
    private readonly Dictionary<string, ZipArchiveEntry> entries = new(StringComparer.Ordinal);

    public ImageArchive(string path, int maxFiles)
    {
        this.path = path;
        try
        {
            archive = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read), ZipArchiveMode.Read);
            foreach (var entry in archive.Entries.Where(entry => !entry.FullName.EndsWith('/')))
            {
                if (entries.Count >= maxFiles)
                {
                    throw new BadInputException($"{path} has more than {maxFiles:N0} files. Split it, or raise ImageSetOptions.MaxFiles.");
                }

                // Of a name that stands twice the first is taken.
                entries.TryAdd(entry.FullName, entry);
            }
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new BadInputException($"{path} cannot be read as a zip archive: {error.Message.TrimEnd('.')}. Fetch it or pack it again.", error);
        }
    }

    /// <summary>Names of the files in ordinal order.</summary>
    public IEnumerable<string> Names => entries.Keys.Order(StringComparer.Ordinal);

    /// <summary>Whether there is a file of that name.</summary>
    public bool Contains(string entry) => entries.ContainsKey(entry);

    /// <summary>Archive and entry, for messages.</summary>
    public string NameOf(string entry) => $"{path}/{entry}";

    /// <summary>A whole file.</summary>
    /// <exception cref="BadImageException">It is too long or damaged.</exception>
    public byte[] Read(string entry, ImageLimits limits) => Read(entry, limits, int.MaxValue);

    /// <summary>The first bytes of a file.</summary>
    /// <param name="entry">Its name.</param>
    /// <param name="limits">What is refused.</param>
    /// <param name="most">How many bytes.</param>
    /// <exception cref="BadImageException">It is too long or damaged.</exception>
    public byte[] Read(string entry, ImageLimits limits, int most)
    {
        var found = entries[entry];
        ImageBytes.CheckLength(found.Length, NameOf(entry), limits);
        try
        {
            lock (gate)
            {
                using var stream = found.Open();
                return BoundedBytes.Read(stream, Math.Min(found.Length, most), out _);
            }
        }
        catch (Exception error) when (error is InvalidDataException or IOException or NotSupportedException)
        {
            throw new BadImageException(ImageFault.Damaged, $"{NameOf(entry)} cannot be unpacked: {error.Message.TrimEnd('.')}. Fetch the archive or pack it again.", error);
        }
    }
}
