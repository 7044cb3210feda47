using System.IO.Compression;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>A file, or an entry of an archive, that can be opened once its turn has come.</summary>
/// <param name="Name">Path, and for an entry <c>archive.zip!entry</c>.</param>
/// <param name="Extension">Extension in lower case with its dot, <c>.gz</c> taken off.</param>
/// <param name="Open">Opens the expanded bytes.</param>
internal sealed record CorpusFile(string Name, string Extension, Func<Stream> Open);

/// <summary>Walks a file, a folder or an archive in a fixed order.</summary>
internal static class CorpusFiles
{
    /// <summary>Documents of every file below <paramref name="path"/> that <paramref name="accepts"/> takes.</summary>
    /// <exception cref="BadInputException">Nothing is there, or nothing is in it.</exception>
    public static IEnumerable<Document> Read(
        string path, CorpusOptions options, Func<string, bool> accepts, string accepted, Func<CorpusFile, IEnumerable<Document>> read)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (File.Exists(path))
        {
            return Documents(path, [path], options, accepts, accepted, read);
        }

        if (Directory.Exists(path))
        {
            return Documents(path, Below(path, options), options, accepts, accepted, read);
        }

        throw new BadInputException($"There is no file or folder '{path}' (looked at {Path.GetFullPath(path)}).");
    }

    private static IEnumerable<Document> Documents(
        string path, IEnumerable<string> paths, CorpusOptions options, Func<string, bool> accepts, string accepted, Func<CorpusFile, IEnumerable<Document>> read)
    {
        var total = 0L;
        var files = 0;
        string? firstEmpty = null;
        foreach (var file in paths.SelectMany(p => Expand(p, options)))
        {
            if (!accepts(file.Extension))
            {
                continue;
            }

            files++;
            var before = total;
            foreach (var document in read(file))
            {
                total++;
                yield return document;
            }

            if (total == before)
            {
                firstEmpty ??= file.Name;
                options.Skipped?.Invoke($"{file.Name} holds no text.");
            }
        }

        if (files == 0)
        {
            throw new BadInputException($"'{path}' holds nothing that can be read as text. Read are: {accepted}, each also as .gz or inside a .zip. Links inside a folder are not followed.");
        }

        if (total == 0)
        {
            throw new BadInputException(files == 1 ? $"{firstEmpty} is empty." : $"All {files} files of '{path}' are empty, {firstEmpty} first.");
        }
    }

    /// <summary>Files in ordinal order of their paths; links are not followed, so that no loop and no way out of the folder exists.</summary>
    private static IEnumerable<string> Below(string folder, CorpusOptions options)
    {
        FileSystemInfo[] entries;
        try
        {
            entries = new DirectoryInfo(folder).GetFileSystemInfos();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"The folder {folder} cannot be read: {e.Message}", e);
        }

        Array.Sort(entries, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (var entry in entries)
        {
            var path = Path.Combine(folder, entry.Name);
            if (entry.LinkTarget is not null)
            {
                options.Skipped?.Invoke($"{path} is a link and was not followed.");
            }
            else if (entry is FileInfo)
            {
                yield return path;
            }
            else
            {
                foreach (var below in Below(path, options))
                {
                    yield return below;
                }
            }
        }
    }

    internal static IEnumerable<CorpusFile> Expand(string path, CorpusOptions options) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".zip" => Entries(path, options),
        ".gz" => [new CorpusFile(path, Path.GetExtension(path[..^3]).ToLowerInvariant(), () => OpenGzip(path, options))],
        var extension => [new CorpusFile(path, extension, () => OpenFile(path))],
    };

    private static IEnumerable<CorpusFile> Entries(string path, CorpusOptions options)
    {
        using var archive = OpenArchive(path);
        foreach (var entry in archive.Entries.OrderBy(e => e.FullName, StringComparer.Ordinal))
        {
            if (entry.FullName.EndsWith('/'))
            {
                continue;
            }

            if (Path.IsPathRooted(entry.FullName) || entry.FullName.Split('/', '\\').Contains("..") || entry.FullName.Any(char.IsControl))
            {
                throw new BadInputException($"{path} holds an entry whose name leads out of the archive. Pack it again with plain relative names.");
            }

            var name = $"{path}!{entry.FullName}";
            yield return new CorpusFile(name, Path.GetExtension(entry.FullName).ToLowerInvariant(), () => OpenEntry(entry, name, options));
        }
    }

    /// <summary>Opens a file; one without length (an empty file, a pipe, a device) is not opened, because a pipe may wait for ever.</summary>
    internal static Stream OpenFile(string path)
    {
        try
        {
            return new FileInfo(path).Length == 0
                ? Stream.Null
                : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static Stream OpenGzip(string path, CorpusOptions options)
    {
        var file = OpenFile(path);
        return file == Stream.Null ? file : new GuardedStream(new GZipStream(file, CompressionMode.Decompress), path, new FileInfo(path).Length, options);
    }

    private static GuardedStream OpenEntry(ZipArchiveEntry entry, string name, CorpusOptions options)
    {
        try
        {
            return new GuardedStream(entry.Open(), name, entry.CompressedLength, options);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException)
        {
            throw new BadInputException($"{name} cannot be unpacked: {e.Message}", e);
        }
    }

    private static ZipArchive OpenArchive(string path)
    {
        var file = OpenFile(path);
        try
        {
            var archive = new ZipArchive(file, ZipArchiveMode.Read);
            _ = archive.Entries;
            return archive;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or ArgumentException)
        {
            file.Dispose();
            throw new BadInputException($"{path} is not a readable zip archive: {e.Message}", e);
        }
    }
}
