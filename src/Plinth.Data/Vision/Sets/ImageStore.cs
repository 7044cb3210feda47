using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>A picture with what its head says.</summary>
internal sealed record StoredImage(ImageSource Source, ImageHeader Header);

/// <summary>Where the pictures lie that a table names.</summary>
internal abstract class ImageStore
{
    /// <summary>Opens a folder or a zip archive.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public static ImageStore Open(string path, ImageSetOptions options) =>
        Directory.Exists(path) ? new Folder(path, options.Decoding)
        : File.Exists(path) ? new Archive(new(path, options.MaxFiles), options.Decoding)
        : throw new BadInputException($"There is no folder or zip archive '{path}' (looked at {Path.GetFullPath(path)}).");

    /// <summary>The picture of a name, its head checked.</summary>
    /// <exception cref="BadImageException">There is none, or it cannot be read.</exception>
    /// <exception cref="BadInputException">The name leads out of the folder.</exception>
    public abstract StoredImage Find(string name, string place);

    private sealed class Folder(string root, ImageDecodingOptions options) : ImageStore
    {
        private readonly string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        private readonly HashSet<string> plain = new(StringComparer.Ordinal);

        public override StoredImage Find(string name, string place)
        {
            var path = name.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(name) ? "" : Path.GetFullPath(Path.Combine(root, name));
            if (!path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal) || HasLink(path))
            {
                throw new BadInputException($"{place}: the picture '{name}' leads out of {root}, or over a link. Name files within the folder.");
            }

            var header = ImageDecoder.Inspect(path, options.Limits);
            return new(new FileImage(path, options), header);
        }

        // A link inside the folder may lead anywhere. Folders are looked at once.
        private bool HasLink(string path)
        {
            if (new FileInfo(path).LinkTarget is not null)
            {
                return true;
            }

            var folder = Path.GetDirectoryName(path)!;
            if (folder.Length <= root.Length || plain.Contains(folder))
            {
                return false;
            }

            return HasLink(folder) || !plain.Add(folder);
        }
    }

    private sealed class Archive(ImageArchive archive, ImageDecodingOptions options) : ImageStore
    {
        public override StoredImage Find(string name, string place)
        {
            if (!archive.Contains(name))
            {
                throw new BadImageException(ImageFault.Missing, $"{place}: there is no {archive.NameOf(name)}.");
            }

            var header = ImageDecoder.Inspect(archive, name, options.Limits);
            return new(new ArchiveImage(archive, name, options), header);
        }
    }
}
