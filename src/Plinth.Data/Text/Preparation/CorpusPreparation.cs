using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Plinth.Core;
using Plinth.Data.Batching;

namespace Plinth.Data.Text.Preparation;

/// <summary>
/// Makes a clean corpus of raw documents: each goes through the steps of a plan, on all processors, in memory that does not grow with the
/// corpus but for what steps remember of documents. The result does not depend on the number of threads, nor on interruptions.
/// </summary>
public sealed class CorpusPreparation
{
    // Small enough that the threads finish together, large enough that handing over costs nothing.
    private const int BatchCharacters = 1 << 17, BatchDocuments = 256;

    private readonly PreparationPlan plan;
    private readonly Action<PreparationProgress>? progress;
    private readonly SourceReader reader;
    private readonly StepChain chain;
    private readonly string identity;
    private readonly Stopwatch clock = Stopwatch.StartNew();

    private CorpusPreparation(PreparationPlan plan, Action<PreparationProgress>? progress, Action<string>? remark)
    {
        (this.plan, this.progress) = (plan, progress);
        StepWork[] works = [.. plan.Steps.Select(step => step.Open())];
        reader = new(plan.Sources, remark);
        chain = new(works);
        identity = IdentityOf(plan, works);
    }

    /// <summary>Prepares a corpus, or goes on where an earlier call with the same plan was interrupted.</summary>
    /// <param name="plan">What, how and where to.</param>
    /// <param name="progress">Told now and then how far it is; or null.</param>
    /// <param name="remark">Told which files and rows are left out; or null.</param>
    /// <param name="cancellation">Ends it; the shards that are finished stay, and the same call goes on from there.</param>
    /// <returns>What was done, also written to the folder.</returns>
    /// <exception cref="PlinthException">The plan is impossible, a file cannot be read or written, or the folder holds something else.</exception>
    public static PreparationRecord Run(
        PreparationPlan plan, Action<PreparationProgress>? progress = null, Action<string>? remark = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Check();
        var preparation = new CorpusPreparation(plan, progress, remark);
        if (PreparationFolder.Finished(plan.Folder, preparation.identity) is { } finished)
        {
            PreparationFolder.RemoveWork(plan.Folder);
            return finished;
        }

        using var folder = new PreparationFolder(plan.Folder);
        return preparation.Run(folder, cancellation);
    }

    private PreparationRecord Run(PreparationFolder folder, CancellationToken cancellation)
    {
        var last = folder.Resume(identity, chain.Restore);
        var tally = new PreparationTally(last?.Record ?? NewRecord());
        var part = new PreparationPart(plan.Compresses, plan.ShardCharacters);
        var documents = Remaining(last, cancellation);
        var decided = last?.Documents ?? 0;
        var hash = last?.InputHash ?? "";
        try
        {
            foreach (var batch in BoundedOrder.Map(Batches(documents), Examine, plan.Threads ?? Environment.ProcessorCount, cancellation))
            {
                foreach (var examined in batch.Drafts)
                {
                    chain.Decide(examined);
                    tally.Add(examined);
                    part.Add(examined, examined.IsKept ? "" : plan.Steps[examined.RejectedAt].Name);
                }

                decided += batch.Drafts.Count;
                hash = batch.InputHash;
                if (part.IsFull)
                {
                    folder.Write(part, tally, chain.Save, plan.Compresses, decided, hash);
                    part.Dispose();
                    part = new(plan.Compresses, plan.ShardCharacters);
                }

                progress?.Invoke(new(decided, tally.Record.DocumentsKept, tally.Record.CharactersRead, reader.Share, clock.Elapsed));
            }

            if (!part.IsEmpty)
            {
                folder.Write(part, tally, chain.Save, plan.Compresses, decided, hash);
            }
        }
        finally
        {
            part.Dispose();
        }

        tally.Record.MalformedRows = reader.Malformed;
        folder.Finish(tally.Record);
        return tally.Record;
    }

    private ExaminedBatch Examine(DocumentBatch batch) => new([.. batch.Documents.Select(chain.Examine)], batch.InputHash);

    /// <summary>The documents that follow those of finished parts, which are only read to see that they are the same.</summary>
    private IEnumerable<Document> Remaining(PartManifest? last, CancellationToken cancellation)
    {
        foreach (var document in reader.Read())
        {
            if (reader.Documents > (last?.Documents ?? 0))
            {
                yield return document;
                continue;
            }

            cancellation.ThrowIfCancellationRequested();
            if (reader.Documents == last!.Documents && reader.Hash != last.InputHash)
            {
                throw Changed();
            }
        }

        if (reader.Documents < (last?.Documents ?? 0))
        {
            throw Changed();
        }
    }

    private BadInputException Changed() => new($"The documents have changed since the preparation in {plan.Folder} was interrupted. Remove that folder to begin anew.");

    /// <summary>Neighbours together. Where a batch ends follows from the documents alone, since a part ends with a batch.</summary>
    private IEnumerable<DocumentBatch> Batches(IEnumerable<Document> documents)
    {
        List<Document> batch = [];
        var characters = 0L;
        foreach (var document in documents)
        {
            batch.Add(document);
            characters += document.Text.Length;
            if (characters >= BatchCharacters || batch.Count >= BatchDocuments)
            {
                yield return new(batch, reader.Hash);
                (batch, characters) = ([], 0);
            }
        }

        if (batch.Count > 0)
        {
            yield return new(batch, reader.Hash);
        }
    }

    private PreparationRecord NewRecord() => new()
    {
        Sources = plan.Sources,
        Identity = identity,
        Steps = [.. plan.Steps.Select(step => new StepRecord { Name = step.Name, Options = step.Options })],
    };

    // Threads and folder change nothing in the result.
    private static string IdentityOf(PreparationPlan plan, StepWork[] works)
    {
        var all = new { plan.Sources, Steps = plan.Steps.Zip(works, (step, work) => new { step.Name, step.Options, work.InputHash }), plan.ShardCharacters, plan.Compresses };
        return Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(all, PreparationJson.Options)));
    }

    private sealed record DocumentBatch(IReadOnlyList<Document> Documents, string InputHash);

    private sealed record ExaminedBatch(IReadOnlyList<ExaminedDraft> Drafts, string InputHash);
}
