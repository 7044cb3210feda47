using System.Text;

namespace Plinth.Core.Files;

/// <summary>
/// Writes a file whole or not at all: into a temporary file beside it, flushed to disk, then renamed. Whoever reads the
/// path sees the old content or the new, also when the process dies in between.
/// </summary>
public static class AtomicFile
{
    private const int NoSpaceUnix = 28, QuotaUnix = 122, NoSpaceWindows = unchecked((int)0x80070070), HandleNoSpaceWindows = unchecked((int)0x80070027);

    /// <summary>Writes a file; missing folders on the way are created.</summary>
    /// <param name="path">The file to write or replace.</param>
    /// <param name="write">Writes the content. When it throws, the old file stays and nothing else is left.</param>
    /// <exception cref="PlinthException">The folder cannot be written or the disk is full.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string? temporary = null;
        try
        {
            var target = Path.GetFullPath(path);
            var folder = Path.GetDirectoryName(target) ?? throw new IOException("it names no file");
            Directory.CreateDirectory(folder);
            if (Directory.Exists(target))
            {
                throw new IOException("a folder of that name is in the way");
            }

            temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
            temporary = null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new PlinthException(Explain(path, error), error);
        }
        finally
        {
            Delete(temporary);
        }
    }

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <exception cref="PlinthException">The folder cannot be written or the disk is full.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    private static string Explain(string path, Exception error) => error switch
    {
        IOException { HResult: NoSpaceUnix or QuotaUnix or NoSpaceWindows or HandleNoSpaceWindows } =>
            $"The disk (or quota) is full: '{path}' could not be written and is as it was before. Free some space or choose another folder.",
        UnauthorizedAccessException =>
            $"'{path}' could not be written: {error.Message} Make the folder writable for this user or choose another one.",
        _ => $"'{path}' could not be written: {error.Message.TrimEnd('.')}. Choose another path, or mend that and run again.",
    };

    private static void Delete(string? temporary)
    {
        try
        {
            if (temporary is not null)
            {
                File.Delete(temporary);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to tell.
        }
    }
}
