namespace Plinth.Core.Checkpoints;

/// <summary>
/// Replaces a whole folder at once: it is written beside its place and moved there when it is complete, so that a crash
/// leaves the old one or the new one.
/// </summary>
public static class AtomicFolder
{
    private const string Replaced = ".replaced";

    /// <summary>Writes a folder.</summary>
    /// <param name="folder">Where it shall be.</param>
    /// <param name="write">Fills the folder whose path it is given.</param>
    /// <exception cref="PlinthException">The place cannot be written.</exception>
    public static void Write(string folder, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        ArgumentNullException.ThrowIfNull(write);
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(target))
        {
            throw new PlinthException($"{target} is a file, and a folder shall be written there. Remove it or choose another place.");
        }

        var fresh = $"{target}.writing-{Environment.ProcessId}";
        try
        {
            Recover(target);
            Directory.CreateDirectory(fresh);
            write(fresh);
            if (Directory.Exists(target))
            {
                Directory.Move(target, target + Replaced);
            }

            Directory.Move(fresh, target);
            DeleteQuietly(target + Replaced);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PlinthException($"{target} cannot be written: {error.Message} Check permissions and free space, or choose another place.", error);
        }
        finally
        {
            DeleteQuietly(fresh);
        }
    }

    /// <summary>Puts the old folder back when a crash fell between the two moves. Call before reading.</summary>
    /// <param name="folder">The folder.</param>
    public static void Recover(string folder)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Directory.Exists(target + Replaced))
        {
            return;
        }

        if (Directory.Exists(target))
        {
            DeleteQuietly(target + Replaced);
        }
        else
        {
            Directory.Move(target + Replaced, target);
        }
    }

    private static void DeleteQuietly(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A leftover is untidy, not wrong: the next write removes it.
        }
    }
}
