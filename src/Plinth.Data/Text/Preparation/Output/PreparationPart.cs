using System.IO.Compression;
using System.Text.Json;

namespace Plinth.Data.Text.Preparation;

/// <summary>A run of documents whose results are written together: a shard of the corpus and the rejects between. It is held in memory until it is whole.</summary>
internal sealed class PreparationPart : IDisposable
{
    // A part also ends where so many times a shard's characters were read and little was kept.
    private const int MostReadPerShard = 4;

    private readonly MemoryStream shard = new(), rejects = new();
    private readonly Stream documents;
    private readonly long shardCharacters;
    private long kept, read;

    public PreparationPart(bool compresses, long shardCharacters)
    {
        this.shardCharacters = shardCharacters;
        documents = compresses ? new GZipStream(shard, CompressionLevel.Optimal, leaveOpen: true) : shard;
    }

    /// <summary>Documents kept.</summary>
    public long Documents { get; private set; }

    /// <summary>Whether it holds nothing.</summary>
    public bool IsEmpty => read == 0;

    /// <summary>Whether the next document belongs to the next part.</summary>
    public bool IsFull => kept >= shardCharacters || read >= shardCharacters * MostReadPerShard;

    /// <summary>The bytes of the shard; nothing can be added after that.</summary>
    public ReadOnlyMemory<byte> Shard()
    {
        documents.Dispose();
        return shard.ToArray();
    }

    /// <summary>The bytes of the rejects.</summary>
    public ReadOnlyMemory<byte> Rejects() => rejects.ToArray();

    public void Add(ExaminedDraft examined, string step)
    {
        var draft = examined.Draft;
        read += draft.Document.Text.Length;
        if (draft.Rejection is { } rejection)
        {
            Line(rejects, new RejectLine(step, rejection.Rule, rejection.Reason, draft.Document.Source, PreparationTally.Beginning(draft)));
            return;
        }

        Documents++;
        kept += draft.Text.Length;
        Line(documents, new DocumentLine(draft.Text, draft.Document.Source, draft.Document.License, draft.Document.Origin, draft.Language));
    }

    public void Dispose()
    {
        documents.Dispose();
        shard.Dispose();
        rejects.Dispose();
    }

    private static void Line<T>(Stream stream, T line)
    {
        JsonSerializer.Serialize(stream, line, PreparationJson.Lines);
        stream.WriteByte((byte)'\n');
    }

    private sealed record DocumentLine(string Text, string Source, string? License, string? Origin, string? Language);

    private sealed record RejectLine(string Step, string Rule, string Reason, string Source, string Beginning);
}
