using System.IO.Compression;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>The files within a zip archive, in ordinal order of their names.</summary>
internal static class ZipMembers
{
    public const string Extension = ".zip";

    // The upper half of a zip entry's attributes is the mode of Unix, whose type 0xA000 is a symbolic link.
    private const int ModeShift = 16, TypeOfMode = 0xF000, Link = 0xA000;

    /// <summary>Streams them; each can be opened until the next is asked for.</summary>
    /// <exception cref="BadInputException">The archive is damaged; the message names it.</exception>
    public static IEnumerable<CorpusFile> Of(string path, CorpusOptions options)
    {
        using var file = CorpusWalk.OpenFile(path, options);
        if (file == Stream.Null)
        {
            yield break;
        }

        using var archive = Guarded(path, () => new ZipArchive(file, ZipArchiveMode.Read));
        var members = new ArchiveMember(path, new(path, file.Length, options), options);
        foreach (var entry in Guarded(path, () => archive.Entries).Where(entry => !entry.FullName.EndsWith('/')).OrderBy(entry => entry.FullName, StringComparer.Ordinal))
        {
            if (members.Of(entry.FullName, IsLink(entry), () => Guarded($"{path}/{entry.FullName}", entry.Open)) is { } member)
            {
                yield return member;
            }
        }
    }

    private static bool IsLink(ZipArchiveEntry entry) => ((entry.ExternalAttributes >> ModeShift) & TypeOfMode) == Link;

    private static T Guarded<T>(string name, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (Exception error) when (error is InvalidDataException or IOException or NotSupportedException or ArgumentException)
        {
            throw new BadInputException($"{name} cannot be unpacked: {error.Message.TrimEnd('.')}. Fetch the archive or pack it again.", error);
        }
    }
}
