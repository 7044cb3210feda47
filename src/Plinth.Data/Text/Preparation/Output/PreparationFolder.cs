using System.Globalization;
using System.Security.Cryptography;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Data.Text.Preparation;

/// <summary>What says that a part is whole: it is written last.</summary>
/// <param name="Documents">Documents read up to its end.</param>
/// <param name="InputHash">A hash of all of them.</param>
/// <param name="RejectsHash">SHA-256 of its rejects.</param>
/// <param name="MemoryHash">SHA-256 of what the steps remember of it.</param>
/// <param name="Record">All counts up to its end.</param>
internal sealed record PartManifest(long Documents, string InputHash, string RejectsHash, string MemoryHash, PreparationRecord Record);

/// <summary>The folder of a preparation: what is finished in it, and how to go on.</summary>
internal sealed class PreparationFolder : IDisposable
{
    /// <summary>Names below the folder.</summary>
    public const string CorpusName = "corpus", RejectsName = "rejects.jsonl", ReportName = "report.md", WorkName = "unfinished";

    private static readonly RecordFile manifestFile = new("part of a preparation", "It is prepared again.") { Json = PreparationJson.Options, LargestFile = 256 << 20 };

    private readonly string folder, work;
    private readonly FolderLock gate;
    private int partCount;

    public PreparationFolder(string folder)
    {
        this.folder = folder;
        work = Path.Combine(folder, WorkName);
        try
        {
            gate = new(work);
            RemoveHalfShards();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PlinthException($"The folder {folder} cannot be used: {error.Message} Is another preparation at work in it?", error);
        }
    }

    /// <summary>The record of a finished preparation, or null.</summary>
    /// <exception cref="BadInputException">The folder holds another preparation, or a shard of it was changed.</exception>
    public static PreparationRecord? Finished(string folder, string identity)
    {
        var path = Path.Combine(folder, PreparationRecord.FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        var record = PreparationRecord.Load(path);
        CheckIdentity(record, identity, folder);
        return record.Shards.FirstOrDefault(shard => !IsWhole(Path.Combine(folder, shard.File), shard.Hash)) is { } damaged
            ? throw new BadInputException($"{Path.Combine(folder, damaged.File)} is not what was written. Remove the folder {folder} and prepare again.")
            : record;
    }

    /// <summary>Takes up the finished parts, in order, up to the first one that is not whole.</summary>
    /// <param name="identity">What is prepared and how.</param>
    /// <param name="restore">Takes back what the steps remember of a part.</param>
    /// <returns>The last whole part, or null.</returns>
    /// <exception cref="BadInputException">The folder holds another preparation.</exception>
    public PartManifest? Resume(string identity, Action<BinaryReader> restore)
    {
        PartManifest? last = null;
        while (Manifest(partCount) is { } part)
        {
            CheckIdentity(part.Record, identity, folder);
            if (!IsWhole(Name(partCount, "memory"), part.MemoryHash) || !IsWhole(Name(partCount, RejectsName), part.RejectsHash)
                || part.Record.Shards.Skip(last?.Record.Shards.Count ?? 0).Any(shard => !IsWhole(Path.Combine(folder, shard.File), shard.Hash)))
            {
                break;
            }

            using var reader = new BinaryReader(File.OpenRead(Name(partCount, "memory")));
            restore(reader);
            last = part;
            partCount++;
        }

        return last;
    }

    /// <summary>Writes a part, its manifest last.</summary>
    /// <exception cref="PlinthException">The folder cannot be written, or is gone.</exception>
    public void Write(PreparationPart part, PreparationTally tally, Action<BinaryWriter> save, bool compresses, long documents, string inputHash)
    {
        RequireThere();
        if (part.Documents > 0)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{CorpusName}/shard-{tally.Record.Shards.Count:00000}.jsonl{(compresses ? ".gz" : "")}");
            var bytes = part.Shard();
            tally.Record.Shards.Add(new(name, part.Documents, bytes.Length, Write(Path.Combine(folder, name), bytes)));
        }

        using var memory = new MemoryStream();
        using (var writer = new BinaryWriter(memory, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            save(writer);
        }

        var manifest = new PartManifest(
            documents, inputHash, Write(Name(partCount, RejectsName), part.Rejects()), Write(Name(partCount, "memory"), memory.ToArray()), tally.Record);
        manifestFile.Write(Name(partCount, "json"), manifest);
        partCount++;
    }

    /// <summary>Puts the rejects together, writes report and record, and removes what was only needed to go on.</summary>
    /// <exception cref="PlinthException">The folder cannot be written, or is gone.</exception>
    public void Finish(PreparationRecord record)
    {
        RequireThere();
        AtomicFile.Write(Path.Combine(folder, RejectsName), stream =>
        {
            for (var i = 0; i < partCount; i++)
            {
                using var rejects = File.OpenRead(Name(i, RejectsName));
                rejects.CopyTo(stream);
            }
        });
        AtomicFile.WriteText(Path.Combine(folder, ReportName), PreparationReport.Write(record));
        record.Save(folder);
        Dispose();
        RemoveWork(folder);
    }

    /// <summary>Removes what a finished preparation no longer needs.</summary>
    public static void RemoveWork(string folder)
    {
        try
        {
            var work = Path.Combine(folder, WorkName);
            if (Directory.Exists(work))
            {
                Directory.Delete(work, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A leftover is untidy, not wrong: the next call removes it.
        }
    }

    public void Dispose() => gate.Dispose();

    // What is written from then on would be the end of a corpus without its beginning.
    private void RequireThere()
    {
        if (!gate.IsThere)
        {
            throw new PlinthException($"The folder '{folder}' of this preparation is gone: it was deleted, moved or replaced meanwhile. Nothing was written in its place. Put it back, and the same command goes on; without it the command begins anew.");
        }
    }

    // What a killed process was just writing.
    private void RemoveHalfShards()
    {
        var corpus = Path.Combine(folder, CorpusName);
        foreach (var path in Directory.Exists(corpus) ? Directory.GetFiles(corpus, ".shard-*.tmp") : [])
        {
            File.Delete(path);
        }
    }

    private PartManifest? Manifest(int number)
    {
        try
        {
            return File.Exists(Name(number, "json")) ? manifestFile.Read<PartManifest>(Name(number, "json")) : null;
        }
        catch (BadInputException)
        {
            // It is prepared again, with all that follow.
            return null;
        }
    }

    private string Name(int number, string kind) => Path.Combine(work, string.Create(CultureInfo.InvariantCulture, $"part-{number:00000}.{kind}"));

    private static string Write(string path, ReadOnlyMemory<byte> bytes)
    {
        AtomicFile.Write(path, stream => stream.Write(bytes.Span));
        return Convert.ToHexString(SHA256.HashData(bytes.Span));
    }

    private static bool IsWhole(string path, string hash) => File.Exists(path) && FileHash.Of(path) == hash;

    private static void CheckIdentity(PreparationRecord record, string identity, string folder)
    {
        if (record.Identity != identity)
        {
            throw new BadInputException($"{folder} holds a preparation of other sources or with other options. Choose another folder, or remove that one.");
        }
    }
}
