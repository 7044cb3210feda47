namespace Plinth.Core.Files;

/// <summary>Keeps a folder for one process by an open file in it, and tells when the folder is no longer there.</summary>
public sealed class FolderLock : IDisposable
{
    private readonly string path;
    private readonly FileStream file;

    /// <param name="folder">The folder; made when absent.</param>
    /// <exception cref="IOException">Another process has it, or it cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public FolderLock(string folder)
    {
        Directory.CreateDirectory(folder);
        path = In(folder);
        file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Whether the folder still stands where it was: it may have been deleted or moved, or a file may have taken its place.</summary>
    public bool IsThere => File.Exists(path);

    /// <summary>Whether a process has a folder at this moment.</summary>
    /// <param name="folder">The folder; nothing in it is changed.</param>
    public static bool IsHeld(string folder)
    {
        try
        {
            // Who only looks shares with others who look, and is refused by who writes.
            using var look = File.Exists(In(folder)) ? new FileStream(In(folder), FileMode.Open, FileAccess.Read, FileShare.Read) : null;
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <inheritdoc />
    public void Dispose() => file.Dispose();

    private static string In(string folder) => Path.Combine(folder, "lock");
}
