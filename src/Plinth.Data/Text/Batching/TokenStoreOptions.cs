namespace Plinth.Data.Text.Batching;

/// <summary>How a corpus is encoded.</summary>
public sealed record TokenStoreOptions
{
    /// <summary>Cuts a document into segments, usually sentences, which pairs are made of; null keeps it whole.</summary>
    public Func<string, IEnumerable<string>>? Segments { get; init; }

    /// <summary>Whether to remember where words begin, for hiding whole words; costs one bit per token and some speed.</summary>
    public bool KeepWordStarts { get; init; }

    /// <summary>Threads that encode; 1 encodes one document after the other.</summary>
    public int ThreadCount { get; init; } = Environment.ProcessorCount;
}

/// <summary>How far encoding has come.</summary>
/// <param name="Documents">Documents done.</param>
/// <param name="Tokens">Tokens so far.</param>
public readonly record struct EncodeProgress(long Documents, long Tokens);

/// <summary>Which columns a store has.</summary>
/// <param name="IsSmall">Whether ids take two bytes, else four.</param>
/// <param name="HasWordStarts">Whether it is known where words begin.</param>
/// <param name="HasSources">Whether it is known where documents come from.</param>
internal sealed record TokenStoreLayout(bool IsSmall, bool HasWordStarts, bool HasSources)
{
    public static TokenStoreLayout Of(Tokenizer tokenizer, TokenStoreOptions options, bool hasSources) =>
        new(tokenizer.VocabularySize <= ushort.MaxValue + 1, options.KeepWordStarts, hasSources);
}
