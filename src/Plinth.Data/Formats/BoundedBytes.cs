namespace Plinth.Data.Formats;

/// <summary>Reads as many bytes as something claims to have, in memory that follows what is really there.</summary>
internal static class BoundedBytes
{
    private const int FirstBlock = 1 << 20;

    /// <summary>Reads up to a number of bytes.</summary>
    /// <param name="stream">Where from.</param>
    /// <param name="claimed">How many there should be.</param>
    /// <param name="isComplete">Whether there were as many.</param>
    public static byte[] Read(Stream stream, long claimed, out bool isComplete)
    {
        var bytes = new byte[Math.Min(claimed, FirstBlock)];
        var filled = 0;
        while (true)
        {
            filled += stream.ReadAtLeast(bytes.AsSpan(filled), bytes.Length - filled, throwOnEndOfStream: false);
            isComplete = filled == claimed;
            if (filled < bytes.Length || isComplete)
            {
                Array.Resize(ref bytes, filled);
                return bytes;
            }

            Array.Resize(ref bytes, (int)Math.Min(claimed, Math.Min((long)bytes.Length * 4, Array.MaxLength)));
        }
    }
}
