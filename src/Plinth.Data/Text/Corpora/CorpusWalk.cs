using System.IO.Compression;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>A file that can be opened once its turn has come.</summary>
/// <param name="Name">Path, for messages.</param>
/// <param name="Extension">Extension in lower case with its dot, <c>.gz</c> taken off.</param>
/// <param name="Open">Opens the expanded bytes.</param>
internal sealed record CorpusFile(string Name, string Extension, Func<Stream> Open);

/// <summary>Walks a file or a folder in a fixed order.</summary>
internal static class CorpusWalk
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
        foreach (var file in paths.Select(p => Expand(p, options)))
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
            throw new BadInputException($"'{path}' holds nothing that can be read as text. Read are: {accepted}, each also as .gz. Links inside a folder are not followed.");
        }

        if (total == 0)
        {
            throw new BadInputException(files == 1 ? $"{firstEmpty} is empty." : $"All {files} files of '{path}' are empty, {firstEmpty} first.");
        }
    }

    /// <summary>Files in ordinal order of their paths; links are not followed, so that no loop and no way out of the folder exists.</summary>
    internal static IEnumerable<string> Below(string folder, CorpusOptions options)
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

    /// <summary>Sees through <c>.gz</c>.</summary>
    internal static CorpusFile Expand(string path, CorpusOptions options)
    {
        var extension = ExtensionOf(path, out var isPacked);
        return new(path, extension, isPacked ? () => OpenGzip(path, options) : () => OpenFile(path, options));
    }

    /// <summary>Extension in lower case with its dot, <c>.gz</c> taken off.</summary>
    internal static string ExtensionOf(string path, out bool isPacked)
    {
        var extension = Path.GetExtension(path).ToLowerInvariant();
        isPacked = extension == ".gz";
        return isPacked ? Path.GetExtension(path[..^3]).ToLowerInvariant() : extension;
    }

    /// <summary>Opens a file; one without length (an empty file, a pipe, a device) is not opened, because a pipe may wait for ever.</summary>
    internal static Stream OpenFile(string path, CorpusOptions? options = null)
    {
        try
        {
            if (new FileInfo(path).Length == 0)
            {
                return Stream.Null;
            }

            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
            options?.Opened?.Invoke(stream);
            return stream;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static Stream OpenGzip(string path, CorpusOptions options)
    {
        var file = OpenFile(path, options);
        return file == Stream.Null ? file : new GuardedStream(new GZipStream(file, CompressionMode.Decompress), path, new FileInfo(path).Length, options);
    }
}
