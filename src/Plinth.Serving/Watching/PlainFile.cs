namespace Plinth.Serving.Watching;

/// <summary>Opens files of a folder that somebody else may have filled.</summary>
internal static class PlainFile
{
    /// <summary>Opens a file that another process may be writing; null where there is nothing to read, or no plain file: links lead elsewhere, and opening a pipe waits for its writer.</summary>
    public static FileStream? TryOpen(string path)
    {
        try
        {
            var info = new FileInfo(path);
            return info is { Exists: true, LinkTarget: null, Length: > 0 } ? new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads a text; null where there is none, or one that is too long.</summary>
    /// <param name="path">The file.</param>
    /// <param name="longest">Most bytes.</param>
    public static async Task<string?> TryRead(string path, long longest, CancellationToken cancellation)
    {
        await using var file = TryOpen(path);
        if (file is null || file.Length > longest)
        {
            return null;
        }

        using var reader = new StreamReader(file);
        return await reader.ReadToEndAsync(cancellation).ConfigureAwait(false);
    }
}
