using System.Text.Json;
using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Data.Text.Preparation;

/// <summary>A document that was left out, as an example.</summary>
/// <param name="Source">Where it stands.</param>
/// <param name="Rule">The rule that left it out.</param>
/// <param name="Reason">What was found and what is allowed.</param>
/// <param name="Beginning">Its first characters.</param>
public sealed record RejectedSample(string Source, string Rule, string Reason, string Beginning);

/// <summary>What a step did.</summary>
public sealed record StepRecord
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its options, every default spelled out.</summary>
    public required JsonElement Options { get; init; }

    /// <summary>Documents that came to it.</summary>
    [JsonInclude]
    public long DocumentsIn { get; internal set; }

    /// <summary>Documents that it let through.</summary>
    [JsonInclude]
    public long DocumentsOut { get; internal set; }

    /// <summary>Their characters as they came, those of rejected documents too.</summary>
    [JsonInclude]
    public long CharactersIn { get; internal set; }

    /// <summary>The characters of those that it let through, as it left them.</summary>
    [JsonInclude]
    public long CharactersOut { get; internal set; }

    /// <summary>Documents that were left out, by rule.</summary>
    public SortedDictionary<string, long> Rejected { get; init; } = new(StringComparer.Ordinal);

    /// <summary>What was done, and how often.</summary>
    public SortedDictionary<string, long> Done { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The first documents that were left out.</summary>
    public List<RejectedSample> Samples { get; init; } = [];
}

/// <summary>A file of the corpus.</summary>
/// <param name="File">Its name below the folder of the preparation.</param>
/// <param name="Documents">Documents in it.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Hash">SHA-256 of its content, hexadecimal.</param>
public sealed record ShardRecord(string File, long Documents, long Bytes, string Hash);

/// <summary>What a preparation did and came to, as <c>preparation.json</c> in its folder. It holds no times, so that the same input always gives the same file.</summary>
public sealed record PreparationRecord
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "preparation.json";

    private static readonly RecordFile file = new("record of a preparation", "Remove it, and prepare again.") { Json = PreparationJson.Indented, LargestFile = 256 << 20 };

    /// <summary>Where the documents came from.</summary>
    public required IReadOnlyList<RawSource> Sources { get; init; }

    /// <summary>Says what was prepared and how; another one is another preparation.</summary>
    public required string Identity { get; init; }

    /// <summary>Documents read.</summary>
    [JsonInclude]
    public long DocumentsRead { get; internal set; }

    /// <summary>Characters read.</summary>
    [JsonInclude]
    public long CharactersRead { get; internal set; }

    /// <summary>Malformed rows that were left out before any step.</summary>
    [JsonInclude]
    public long MalformedRows { get; internal set; }

    /// <summary>Documents kept.</summary>
    [JsonInclude]
    public long DocumentsKept { get; internal set; }

    /// <summary>Characters kept.</summary>
    [JsonInclude]
    public long CharactersKept { get; internal set; }

    /// <summary>The steps in order.</summary>
    public required IReadOnlyList<StepRecord> Steps { get; init; }

    /// <summary>Documents kept, by licence; an empty name where none is known.</summary>
    public SortedDictionary<string, long> Licenses { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Documents kept, by origin; of addresses the host, an empty name where none is known.</summary>
    public SortedDictionary<string, long> Origins { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Documents kept, by language; an empty name where none is known.</summary>
    public SortedDictionary<string, long> Languages { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The files of the corpus.</summary>
    public List<ShardRecord> Shards { get; init; } = [];

    /// <summary>The record of the preparation that a corpus came from; null when it came from none, or the record cannot be read.</summary>
    /// <param name="path">The folder of the corpus, or a shard in it.</param>
    public static PreparationRecord? Find(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var corpus = Directory.Exists(full) ? full : Path.GetDirectoryName(full);
        if (Path.GetFileName(corpus) != PreparationFolder.CorpusName || Path.Combine(Path.GetDirectoryName(corpus)!, FileName) is var beside && !File.Exists(beside))
        {
            return null;
        }

        try
        {
            return Load(beside);
        }
        catch (BadInputException)
        {
            // Other programs may write a file of that name too.
            return null;
        }
    }

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">It is missing or malformed.</exception>
    public static PreparationRecord Load(string path) => file.Read<PreparationRecord>(path);

    /// <summary>Writes the file.</summary>
    /// <exception cref="PlinthException">The folder cannot be written.</exception>
    internal void Save(string folder) => file.Write(Path.Combine(folder, FileName), this);
}
