using System.IO.Compression;

namespace Plinth.Data.Text;

/// <summary>How one file is packed, by the end of its name.</summary>
/// <param name="Suffix">The end, with its dot.</param>
/// <param name="Unpack">Bytes as they were.</param>
/// <param name="Pack">What is written to it goes packed to a stream that stays open.</param>
internal sealed record Packing(string Suffix, Func<Stream, Stream> Unpack, Func<Stream, Stream> Pack)
{
    private const string StrictUnpacking = "System.IO.Compression.UseStrictValidation";

    /// <summary>Gzip, of one or several members.</summary>
    public static Packing Gzip { get; } = new(
        ".gz", packed => new GZipStream(packed, CompressionMode.Decompress), target => new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true));

    /// <summary>Zstandard, of one or several frames.</summary>
    public static Packing Zstandard { get; } = new(
        ".zst", packed => new ZstdSharp.DecompressionStream(packed, leaveOpen: false), target => new ZstdSharp.CompressionStream(target, leaveOpen: true));

    // Without it a gzip file that ends too early reads as one that is shorter. A program that has chosen for itself is left alone.
    static Packing()
    {
        if (!AppContext.TryGetSwitch(StrictUnpacking, out _))
        {
            AppContext.SetSwitch(StrictUnpacking, true);
        }
    }

    /// <summary>Sees through the end of a name.</summary>
    /// <returns>Null for a file that is not packed.</returns>
    public static Packing? Of(string path) => path.EndsWith(Gzip.Suffix, StringComparison.OrdinalIgnoreCase) ? Gzip
        : path.EndsWith(Zstandard.Suffix, StringComparison.OrdinalIgnoreCase) ? Zstandard
        : null;
}
