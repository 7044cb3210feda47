using System.IO.Hashing;
using System.Runtime.InteropServices;
using Plinth.Core;

namespace Plinth.Data.Text.Preparation;

/// <summary>Reads the documents of all sources in order, and knows how far it is and what it has read.</summary>
/// <param name="sources">The sources.</param>
/// <param name="remark">Told why a row or file is left out; or null.</param>
internal sealed class SourceReader(IReadOnlyList<RawSource> sources, Action<string>? remark)
{
    private readonly XxHash128 read = new();
    private Stream? opened;
    private long total, before, length;

    /// <summary>Documents read.</summary>
    public long Documents { get; private set; }

    /// <summary>Rows that were left out because they are malformed.</summary>
    public long Malformed { get; private set; }

    /// <summary>How much of the files has been read, 0 to 1, by their bytes as they lie on the disk.</summary>
    public double Share => total == 0 ? 0 : Math.Min(1, (before + (opened is { CanRead: true } ? opened.Position : length)) / (double)total);

    /// <summary>A hash of all that was read so far.</summary>
    public string Hash => Convert.ToHexString(read.GetCurrentHash());

    /// <summary>Reads them, once.</summary>
    /// <exception cref="BadInputException">A file cannot be read, or a row is malformed and may not be left out.</exception>
    public IEnumerable<Document> Read()
    {
        total = sources.Sum(source => Bytes(source.Path));
        foreach (var source in sources)
        {
            foreach (var document in CorpusFiles.Open(source.Path, Options(source)))
            {
                Documents++;
                // The mark keeps a text apart from the source that follows it.
                read.Append(MemoryMarshal.AsBytes($"{document.Text}\0{document.Source}\0{document.License}\0{document.Origin}\0".AsSpan()));
                yield return document with { License = document.License ?? source.License, Origin = document.Origin ?? source.Origin };
            }
        }
    }

    private CorpusOptions Options(RawSource source) => new()
    {
        Unit = source.Unit,
        TextField = source.TextField,
        Skipped = remark,
        Opened = Opened,
        BadRow = source.SkipsBadRows ? LeaveOut : null,
    };

    private void LeaveOut(BadInputException error)
    {
        Malformed++;
        remark?.Invoke(error.Message);
    }

    private void Opened(Stream stream)
    {
        before += length;
        (opened, length) = (stream, stream.Length);
    }

    private static long Bytes(string path) => File.Exists(path) ? new FileInfo(path).Length
        : Directory.Exists(path) ? CorpusWalk.Below(path, new()).Sum(file => new FileInfo(file).Length)
        : 0;
}
