using System.Formats.Tar;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>The files within a tar archive, packed or not, in their order there.</summary>
internal static class TarMembers
{
    public const string Extension = ".tar";

    /// <summary>Streams them; each can be read until the next is asked for.</summary>
    /// <exception cref="BadInputException">The archive is damaged; the message names it.</exception>
    public static IEnumerable<CorpusFile> Of(CorpusFile archive, CorpusOptions options)
    {
        using var file = archive.Open();
        if (file == Stream.Null)
        {
            yield break;
        }

        using var reader = new TarReader(new TarHeaderGuard(file, archive.Name), leaveOpen: true);
        var members = new ArchiveMember(archive.Name, new(archive.Name, new FileInfo(archive.Name).Length, options), options);
        while (Next(reader, archive.Name) is { } entry)
        {
            var isLink = entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink;
            var isFile = entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile;
            if ((isLink || isFile) && members.Of(entry.Name, isLink, () => entry.DataStream ?? Stream.Null) is { } member)
            {
                yield return member;
            }
        }
    }

    // The library answers damage with whatever its code runs into.
    private static TarEntry? Next(TarReader reader, string name)
    {
        try
        {
            return reader.GetNextEntry();
        }
        catch (Exception error) when (error is not (PlinthException or OutOfMemoryException))
        {
            throw new BadInputException($"{name} is damaged: {error.Message.TrimEnd('.')}. Fetch the archive or pack it again.", error);
        }
    }
}

/// <summary>
/// Refuses headers whose attributes claim more than any real one has, because the library takes the memory that they claim
/// before it reads them.
/// </summary>
internal sealed class TarHeaderGuard(Stream inner, string name) : ForwardStream
{
    private const int HeaderLength = 512, SizeAt = 124, SizeLength = 12, KindAt = 156, MarkAt = 257, MostAttributeBytes = 1 << 20, LargeNumbers = 0x80;

    public override int Read(Span<byte> buffer)
    {
        var read = buffer.Length == HeaderLength ? inner.ReadAtLeast(buffer, HeaderLength, throwOnEndOfStream: false) : inner.Read(buffer);
        if (buffer.Length == HeaderLength && read == HeaderLength && IsAttributes(buffer) && Size(buffer[SizeAt..(SizeAt + SizeLength)]) > MostAttributeBytes)
        {
            throw new BadInputException($"{name}: the attributes of a file claim more than {MostAttributeBytes:N0} bytes. Fetch the archive or pack it again.");
        }

        return read;
    }

    // Extended and global attributes (x, g) and GNU's long names of files and links (L, K).
    private static bool IsAttributes(ReadOnlySpan<byte> header) => header[KindAt] is (byte)'x' or (byte)'g' or (byte)'L' or (byte)'K' && header[MarkAt..].StartsWith("ustar"u8);

    private static long Size(ReadOnlySpan<byte> field)
    {
        if (field[0] >= LargeNumbers)
        {
            return long.MaxValue;
        }

        var size = 0L;
        foreach (var digit in field)
        {
            size = digit is >= (byte)'0' and <= (byte)'7' ? (size * 8) + digit - '0' : size;
        }

        return size;
    }
}
