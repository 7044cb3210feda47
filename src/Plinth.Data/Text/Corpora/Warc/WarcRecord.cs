namespace Plinth.Data.Text;

/// <summary>The header of a record.</summary>
/// <param name="Fields">Its fields by name, without case.</param>
/// <param name="Length">Bytes of its block.</param>
/// <param name="Place">File and number of the record, from 1.</param>
internal sealed record WarcHeader(IReadOnlyDictionary<string, string> Fields, long Length, string Place)
{
    /// <summary>What the record is, for example <c>response</c>.</summary>
    public string Type => Fields.GetValueOrDefault("WARC-Type", "").ToLowerInvariant();

    /// <summary>What its block is.</summary>
    public string ContentType => Fields.GetValueOrDefault("Content-Type", "");

    /// <summary>Where its block was fetched; null where nothing is said. Some crawlers put it in angle brackets.</summary>
    public string? Target => Fields.GetValueOrDefault("WARC-Target-URI")?.Trim('<', '>');

    /// <summary>The language that the crawler found in it; of several the first.</summary>
    public string? Language => Fields.GetValueOrDefault("WARC-Identified-Content-Language")?.Split(',')[0];
}

/// <summary>A record of a crawl.</summary>
/// <param name="Header">What is said of it.</param>
/// <param name="Block">What it holds.</param>
internal sealed record WarcRecord(WarcHeader Header, byte[] Block);
