namespace Plinth.Data.Text;

/// <summary>Files within an archive, as files of a corpus. Nothing is ever written to disk; what is left out is told.</summary>
/// <param name="path">The archive.</param>
/// <param name="budget">How much may be unpacked from it, over all files.</param>
/// <param name="options">How to read.</param>
internal sealed class ArchiveMember(string path, ExpansionBudget budget, CorpusOptions options)
{
    private const int LongestName = 400;

    /// <summary>The file of an entry, or null when it is not read.</summary>
    /// <param name="entry">Its name in the archive.</param>
    /// <param name="isLink">Whether it refers to another place.</param>
    /// <param name="open">Opens its bytes.</param>
    public CorpusFile? Of(string entry, bool isLink, Func<Stream> open)
    {
        var name = $"{path}/{Shown(entry)}";
        var extension = CorpusWalk.ExtensionOf(entry, out var packing);
        var reason = isLink ? "is a link and was not followed"
            : Leaves(entry) ? "names a place outside of its archive and was left out"
            : extension is ZipMembers.Extension or TarMembers.Extension ? "is an archive within an archive and was left out"
            : null;
        if (reason is not null)
        {
            options.Skipped?.Invoke($"{name} {reason}.");
            return null;
        }

        return new(name, extension, () => Open(name, packing, open));
    }

    private GuardedStream Open(string name, Packing? packing, Func<Stream> open)
    {
        var member = new GuardedStream(open(), name, budget);
        return packing is null ? member : new(packing.Unpack(member), name, budget);
    }

    private static bool Leaves(string entry) =>
        entry.Split('/', '\\').Contains("..") || entry.StartsWith('/') || entry.StartsWith('\\') || (entry.Length > 1 && entry[1] == ':');

    /// <summary>Names come from strangers and go to terminals.</summary>
    private static string Shown(string entry) =>
        string.Concat((entry.Length > LongestName ? entry[..LongestName] + "…" : entry).Select(letter => char.IsControl(letter) ? '\uFFFD' : letter));
}
