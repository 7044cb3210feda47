namespace Plinth.Data.Vision;

/// <summary>Reads files whose size is bounded.</summary>
internal static class ImageBytes
{
    /// <summary>A whole file.</summary>
    /// <exception cref="BadImageException">It is missing, empty or too long.</exception>
    public static byte[] Read(string path, ImageLimits limits) => Guarded(path, limits, static (file, length) =>
    {
        var bytes = new byte[length];
        return Fill(file, bytes) == length ? bytes : throw new IOException("it became shorter while it was read");
    });

    /// <summary>The first bytes of a file.</summary>
    /// <exception cref="BadImageException">It is missing, empty or too long.</exception>
    public static byte[] ReadHead(string path, ImageLimits limits, int most) => Guarded(path, limits, (file, length) =>
    {
        var bytes = new byte[Math.Min(length, most)];
        return bytes[..Fill(file, bytes)];
    });

    /// <summary>Refuses files that are too long.</summary>
    /// <exception cref="BadImageException">It is.</exception>
    public static void CheckLength(long length, string name, ImageLimits limits)
    {
        if (length > limits.MaxFileBytes)
        {
            throw new BadImageException(
                ImageFault.TooLarge, $"{name} has {length:N0} bytes; read are pictures of at most {limits.MaxFileBytes:N0}. Save it smaller or raise the limit (ImageLimits.MaxFileBytes).");
        }
    }

    private static T Guarded<T>(string path, ImageLimits limits, Func<FileStream, long, T> read)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                throw new BadImageException(ImageFault.Missing, $"There is no picture '{path}' (looked at {file.FullName}).");
            }

            // What has no length may be a pipe, which waits for ever.
            if (file.Length == 0)
            {
                throw new BadImageException(ImageFault.Empty, $"{path} is empty. Fetch it again.");
            }

            CheckLength(file.Length, path, limits);
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
            return read(stream, file.Length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new BadImageException(ImageFault.Missing, $"{path} cannot be read: {error.Message}", error);
        }
    }

    private static int Fill(FileStream file, byte[] bytes) => file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
}
