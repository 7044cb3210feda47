using Plinth.Core;

namespace Plinth.Data.Text.Preparation;

/// <summary>What to prepare, how, and where it goes.</summary>
public sealed record PreparationPlan
{
    // Escaped, a character takes six bytes at most, and an array holds two billion.
    private const long MostShardCharacters = 250_000_000;

    /// <summary>Folder for the corpus, the rejects and the report.</summary>
    public required string Folder { get; init; }

    /// <summary>The documents, in order.</summary>
    public required IReadOnlyList<RawSource> Sources { get; init; }

    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<PreparationStep> Steps { get; init; } = StepCatalog.Defaults;

    /// <summary>Characters of text after which a shard ends, or earlier where little of what is read is kept; an interrupted preparation loses at most the work on one shard.</summary>
    public long ShardCharacters { get; init; } = 32_000_000;

    /// <summary>Whether shards are compressed (<c>.jsonl.gz</c>).</summary>
    public bool Compresses { get; init; }

    /// <summary>Threads that look at documents; null takes one for each processor. What comes out does not depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>Refuses impossible values.</summary>
    /// <exception cref="RecipeException">There is no source, or a number is out of range.</exception>
    public void Check()
    {
        if (Sources.Count == 0)
        {
            throw new RecipeException("sources names no documents. Give at least one: sources: [{path: texts}].");
        }

        if (ShardCharacters < 1 || ShardCharacters > MostShardCharacters)
        {
            throw new RecipeException($"shard_characters = {ShardCharacters} must be 1 to {MostShardCharacters}, since a shard is held in memory until it is whole.");
        }

        if (Threads is < 1 or > 1024)
        {
            throw new RecipeException($"threads = {Threads} must be 1 to 1024.");
        }
    }
}

/// <summary>How far a preparation is.</summary>
/// <param name="Read">Documents read.</param>
/// <param name="Kept">Documents kept.</param>
/// <param name="Characters">Characters read.</param>
/// <param name="Share">How much of the files that is, 0 to 1.</param>
/// <param name="Elapsed">Time since it began, or went on.</param>
public sealed record PreparationProgress(long Read, long Kept, long Characters, double Share, TimeSpan Elapsed);
