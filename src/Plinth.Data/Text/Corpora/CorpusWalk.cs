using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>A file that can be opened once its turn has come.</summary>
/// <param name="Name">Path, for messages.</param>
/// <param name="Extension">Extension in lower case with its dot, that of its packing taken off.</param>
/// <param name="Open">Opens the expanded bytes.</param>
internal sealed record CorpusFile(string Name, string Extension, Func<Stream> Open)
{
    /// <summary>Where the bytes lie as they are read; null where they are packed or stand in an archive.</summary>
    public string? Path { get; init; }
}

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
        foreach (var file in paths.SelectMany(p => Files(p, options)))
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
            throw new BadInputException($"'{path}' holds nothing that can be read as text. Read are: {accepted}, each also as .gz or .zst and within .zip or .tar. Links inside a folder are not followed.");
        }

        if (total == 0)
        {
            throw new BadInputException(files == 1 ? $"{firstEmpty} is empty or holds no text." : $"All {files} files of '{path}' are empty, {firstEmpty} first.");
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

    /// <summary>The file, or those that stand in it when it is an archive.</summary>
    private static IEnumerable<CorpusFile> Files(string path, CorpusOptions options)
    {
        var file = Expand(path, options);
        return file.Extension switch
        {
            ZipMembers.Extension => ZipMembers.Of(path, options),
            TarMembers.Extension => TarMembers.Of(file, options),
            _ => [file],
        };
    }

    /// <summary>Sees through packing.</summary>
    internal static CorpusFile Expand(string path, CorpusOptions options)
    {
        var extension = ExtensionOf(path, out var packing);
        return packing is null ? new(path, extension, () => OpenFile(path, options)) { Path = path } : new(path, extension, () => Unpack(path, packing, options));
    }

    /// <summary>Extension in lower case with its dot, that of its packing taken off.</summary>
    internal static string ExtensionOf(string path, out Packing? packing)
    {
        if (path.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase))
        {
            path = path[..^3] + "tar.gz";
        }

        packing = Packing.Of(path);
        return Path.GetExtension(packing is null ? path : path[..^packing.Suffix.Length]).ToLowerInvariant();
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

    private static Stream Unpack(string path, Packing packing, CorpusOptions options)
    {
        var file = OpenFile(path, options);
        return file == Stream.Null ? file : new GuardedStream(packing.Unpack(file), path, new(path, new FileInfo(path).Length, options));
    }
}
