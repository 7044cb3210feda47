using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Recipes.Records;

/// <summary>What stands for the content of a path.</summary>
/// <param name="FileCount">How many files it is.</param>
/// <param name="ByteCount">Bytes of all of them.</param>
/// <param name="Hash">SHA-256 over names and contents, hexadecimal; of a single file over its content alone.</param>
internal sealed record PathHash(int FileCount, long ByteCount, string Hash);

/// <summary>
/// Hashes of files and folders, each read once: what a run's shards follow from at its beginning is what its record names at its end, also where the
/// files have changed meanwhile.
/// </summary>
internal sealed class PathHashes
{
    private readonly Dictionary<string, PathHash> known = new(StringComparer.Ordinal);

    /// <summary>Whether a path was read before.</summary>
    public bool Has(string path) => known.ContainsKey(Path.GetFullPath(path));

    /// <summary>The hash of a file, or of all files of a folder.</summary>
    /// <param name="path">File or folder.</param>
    /// <exception cref="BadInputException">A file cannot be read.</exception>
    public PathHash Of(string path)
    {
        var full = Path.GetFullPath(path);
        if (!known.TryGetValue(full, out var hash))
        {
            known.Add(full, hash = Read(path));
        }

        return hash;
    }

    /// <summary>The files below a folder, by their names there with the same separator on every system. Links to folders are not followed, so that no loop exists.</summary>
    public static IEnumerable<string> Names(string folder) => new FileSystemEnumerable<string>(
        folder, (ref FileSystemEntry entry) => Path.GetRelativePath(folder, entry.ToFullPath()).Replace('\\', '/'), new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false })
    {
        // A link whose target is gone, or which is its own, is no file.
        ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && (!entry.Attributes.HasFlag(FileAttributes.ReparsePoint) || File.Exists(entry.ToFullPath())),
        ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
    }.Order(StringComparer.Ordinal);

    private static PathHash Read(string path)
    {
        try
        {
            if (File.Exists(path))
            {
                return new(1, new FileInfo(path).Length, FileHash.Of(path));
            }

            // The card of a checkpoint holds times, and is no part of what is learnt from.
            string[] names = [.. Names(path).Where(name => name != ModelCard.FileName)];
            var hashes = new string[names.Length];
            Parallel.For(0, names.Length, i => hashes[i] = FileHash.Of(Path.Combine(path, names[i])));
            var all = Encoding.UTF8.GetBytes(string.Concat(names.Zip(hashes, (name, hash) => $"{name}\n{hash}\n")));
            return new(names.Length, names.Sum(name => new FileInfo(Path.Combine(path, name)).Length), Convert.ToHexString(SHA256.HashData(all)));
        }
        catch (Exception error) when ((error is AggregateException { InnerException: { } cause } ? cause : error) is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path} cannot be read: {(error.InnerException ?? error).Message}", error);
        }
    }
}
