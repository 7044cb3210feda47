namespace Plinth.Serving.Watching;

/// <summary>What of a run is shown. Only these files are ever read.</summary>
public sealed record WatchedRun
{
    /// <summary>Folder of the run, where requests are left for it.</summary>
    public required string Folder { get; init; }

    /// <summary>Its log, one report a line; it need not be there yet.</summary>
    public required string Log { get; init; }

    /// <summary>Texts that are shown beside, by their titles; those that are not there are left out.</summary>
    public required IReadOnlyDictionary<string, string> Documents { get; init; }
}
