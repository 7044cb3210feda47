namespace Plinth.Data.Text.Batching;

/// <summary>How a corpus is encoded.</summary>
public sealed record TokenStoreOptions
{
    /// <summary>Cuts a document into segments, usually sentences, which pairs are made of; null keeps it whole.</summary>
    public Func<string, IEnumerable<string>>? Segments { get; init; }

    /// <summary>Whether to remember where words begin, for hiding whole words; costs one bit per token and some speed.</summary>
    public bool KeepWordStarts { get; init; }

    /// <summary>Threads that encode; 1 encodes one document after the other.</summary>
    public int ThreadCount { get; init; } = Math.Min(2, Environment.ProcessorCount);
}

/// <summary>How far encoding has come.</summary>
/// <param name="Documents">Documents done.</param>
/// <param name="Tokens">Tokens so far.</param>
public readonly record struct EncodeProgress(long Documents, long Tokens);
