using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Training.Control;

/// <summary>
/// Requests by a file in the folder of a run: it holds one word, <c>pause</c>, <c>continue</c>, <c>stop</c> or <c>snapshot</c>, and is gone once the
/// run has heard it. Any process that may write there can ask; what is no request is removed with a remark.
/// </summary>
public sealed partial class ControlFile : IRunControl
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "control";

    private const int LongestRequest = 32, MostRemarks = 10;

    private static readonly TimeSpan interval = TimeSpan.FromMilliseconds(100);

    private readonly string path, taken;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private long? lookedAt;
    private int remarks;
    private bool isDeaf;

    /// <param name="runFolder">Folder of the run.</param>
    /// <param name="clock">Says when to look again; the system's clock by default.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    public ControlFile(string runFolder, TimeProvider? clock = null, ILogger? logger = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(runFolder);
        path = Path.Combine(Path.GetFullPath(runFolder), FileName);
        taken = path + ".taken";
        this.clock = clock ?? TimeProvider.System;
        this.logger = logger ?? NullLogger.Instance;
    }

    /// <summary>The words that can stand in the file.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Enum.GetValues<RunRequest>().Select(WordOf)];

    /// <summary>The request of a word.</summary>
    /// <exception cref="BadInputException">There is no such request.</exception>
    public static RunRequest Parse(string word) => Find(word)
        ?? throw new BadInputException($"A run cannot be asked for '{word}'. Known: {string.Join(", ", Words)}.");

    /// <summary>Asks a run that is going on in another process, or in this one. One request at a time is kept: a later one takes the place of one that was not heard yet.</summary>
    /// <param name="runFolder">Folder of the run.</param>
    /// <param name="request">What is asked.</param>
    /// <exception cref="BadInputException">No run is going on there.</exception>
    /// <exception cref="PlinthException">The folder cannot be written.</exception>
    public static void Ask(string runFolder, RunRequest request)
    {
        if (!Trainer.IsRunning(runFolder))
        {
            throw new BadInputException($"No run is going on in '{runFolder}', so there is nobody to hear '{WordOf(request)}'.");
        }

        AtomicFile.WriteText(Path.Combine(runFolder, FileName), WordOf(request) + "\n");
    }

    /// <inheritdoc />
    public void Begin() => Hear(_ => null);

    /// <inheritdoc />
    public RunRequest? Take()
    {
        if (lookedAt is { } before && clock.GetElapsedTime(before) < interval)
        {
            return null;
        }

        lookedAt = clock.GetTimestamp();
        return Hear(Read);
    }

    private RunRequest? Hear(Func<string, RunRequest?> read)
    {
        if (isDeaf || !File.Exists(path))
        {
            return null;
        }

        try
        {
            // Renamed first, so that what is asked while this one is read is not lost.
            File.Move(path, taken, overwrite: true);
            var request = read(taken);
            File.Delete(taken);
            return request;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            isDeaf = true;
            LogDeaf(path, error.Message);
            return null;
        }
    }

    // Pipes and devices have no length, so that none is ever opened; links may lead anywhere.
    private RunRequest? Read(string file)
    {
        var info = new FileInfo(file);
        var request = info.LinkTarget is null && info.Length is > 0 and <= LongestRequest ? Find(File.ReadAllText(file).Trim()) : null;
        if (request is null && remarks++ < MostRemarks)
        {
            LogNoRequest(path, string.Join(", ", Words));
        }

        return request;
    }

    private static RunRequest? Find(string word) =>
        Words.Index().Where(entry => entry.Item == word).Select(entry => (RunRequest?)Enum.GetValues<RunRequest>()[entry.Index]).FirstOrDefault();

    private static string WordOf(RunRequest request) => request.ToString().ToLowerInvariant();

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} held no request and was removed. Known: {Known}")]
    private partial void LogNoRequest(string path, string known);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} cannot be taken, so this run listens to no requests any more: {Fault}")]
    private partial void LogDeaf(string path, string fault);
}
