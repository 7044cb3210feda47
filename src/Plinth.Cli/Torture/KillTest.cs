using System.Diagnostics;
using Plinth.Core;
using Plinth.Core.Files;
using Plinth.Recipes;
using Plinth.Recipes.Records;

namespace Plinth.Cli.Torture;

/// <summary>What came of a <see cref="KillTest"/>.</summary>
/// <param name="KillCount">Processes that were killed.</param>
/// <param name="WhileWritingCount">Those of them that were killed just after a file or folder had been made.</param>
/// <param name="RunCount">Runs that reached their end in spite of the kills.</param>
/// <param name="FileCount">Files of a run that were compared.</param>
/// <param name="Differences">Files that differ from those of the run that nobody killed, each with its run.</param>
internal sealed record KillTestResult(int KillCount, int WhileWritingCount, int RunCount, int FileCount, IReadOnlyList<string> Differences);

/// <summary>
/// Trains once in peace, then again in processes that are killed at random moments and started anew, and compares what is left byte by byte:
/// checkpoints and scores. Nothing can catch such a kill, so it is what a power cut is to the process.
/// </summary>
/// <param name="startOf">Makes the process that trains into a folder.</param>
/// <param name="folder">Folder for all runs; made when absent.</param>
/// <param name="seed">Chooses the moments.</param>
/// <param name="tell">Told what goes on.</param>
internal sealed class KillTest(Func<string, ProcessStartInfo> startOf, string folder, int seed, Action<string> tell)
{
    // A process on average gets a sixth of the run done, so that a run survives several kills.
    private const double LongestShare = 1 / 3.0;

    // Of four kills one falls at the beginning, while a process loads, and one just after a file has been made.
    private const int Kinds = 4;

    private static readonly TimeSpan longestWrite = TimeSpan.FromMilliseconds(30);

    private readonly Random random = new(seed);
    private TimeSpan ready, whole;

    /// <summary>Runs the test.</summary>
    /// <param name="killCount">How many processes are to be killed.</param>
    /// <param name="cancellation">Ends the test; no process is left behind.</param>
    /// <exception cref="PlinthException">A run fails by itself, or its folder is in use.</exception>
    public async Task<KillTestResult> Run(int killCount, CancellationToken cancellation = default)
    {
        var expected = await InPeace(cancellation).ConfigureAwait(false);
        tell($"not killed: {whole.TotalSeconds:0.0} s, of which {ready.TotalSeconds:0.0} s until the first step");
        var (kills, whileWriting, runs) = (0, 0, 0);
        List<string> differences = [];
        while (kills < killCount || runs == 0)
        {
            var target = Path.Combine(folder, $"killed-{runs + 1}");
            var before = kills;
            while (kills < killCount)
            {
                var kind = random.Next(Kinds);
                if (!await Killed(target, kind, cancellation).ConfigureAwait(false))
                {
                    break;
                }

                kills++;
                whileWriting += kind == 1 ? 1 : 0;
            }

            // After the last kill, and where a process was faster than its kill, the run is brought to its end.
            await Finish(target, cancellation).ConfigureAwait(false);
            runs++;
            var found = Hashes(target);
            differences.AddRange(expected.Keys.Union(found.Keys).Where(name => expected.GetValueOrDefault(name) != found.GetValueOrDefault(name)).Order(StringComparer.Ordinal).Select(name => $"{target}: {name}"));
            tell($"run {runs}: killed {kills - before} times, {(differences.Count == 0 ? "the same bytes" : $"{differences.Count} files differ")}; {kills} of {killCount} kills");
            if (differences.Count == 0)
            {
                Directory.Delete(target, recursive: true);
            }
        }

        return new(kills, whileWriting, runs, expected.Count, differences);
    }

    private async Task<Dictionary<string, string>> InPeace(CancellationToken cancellation)
    {
        var files = new RunFiles(Path.Combine(folder, "whole"));
        if (Directory.Exists(files.Folder))
        {
            throw new PlinthException($"There is a run in '{files.Folder}' already. Remove it, or choose another folder with --folder.");
        }

        var clock = Stopwatch.StartNew();
        using var process = Start(files.Folder);
        using var guard = cancellation.Register(() => Kill(process));
        // The log is made when the run begins.
        while (!process.HasExited && !File.Exists(files.Log))
        {
            await Task.Delay(5, CancellationToken.None).ConfigureAwait(false);
        }

        ready = clock.Elapsed;
        await Ended(process, cancellation).ConfigureAwait(false);
        whole = clock.Elapsed;
        return Hashes(files.Folder);
    }

    // Whether the process was killed before it had come to its end.
    private async Task<bool> Killed(string target, int kind, CancellationToken cancellation)
    {
        using var process = Start(target);
        using var guard = cancellation.Register(() => Kill(process));
        var moment = kind == 0 ? ready * random.NextDouble() : ready + ((whole - ready) * LongestShare * random.NextDouble());
        if (kind == 1)
        {
            await FirstWrite(process, target, moment, cancellation).ConfigureAwait(false);
        }
        else
        {
            await Task.WhenAny(process.WaitForExitAsync(cancellation), Task.Delay(moment, cancellation)).ConfigureAwait(false);
        }

        if (process.HasExited)
        {
            await Ended(process, cancellation).ConfigureAwait(false);
            return false;
        }

        Kill(process);
        await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return true;
    }

    // Until something is made in the run's folder after a moment, and a little longer; or until the process ends.
    private async Task FirstWrite(Process process, string target, TimeSpan moment, CancellationToken cancellation)
    {
        await Task.WhenAny(process.WaitForExitAsync(cancellation), Task.Delay(moment, cancellation)).ConfigureAwait(false);
        Directory.CreateDirectory(target);
        var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(target) { IncludeSubdirectories = true, EnableRaisingEvents = true };
        watcher.Created += (_, _) => made.TrySetResult();
        if (await Task.WhenAny(process.WaitForExitAsync(cancellation), made.Task).ConfigureAwait(false) == made.Task)
        {
            await Task.Delay(longestWrite * random.NextDouble(), cancellation).ConfigureAwait(false);
        }
    }

    private async Task Finish(string target, CancellationToken cancellation)
    {
        using var process = Start(target);
        using var guard = cancellation.Register(() => Kill(process));
        await Ended(process, cancellation).ConfigureAwait(false);
    }

    private Process Start(string target)
    {
        var start = startOf(target);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        var process = Process.Start(start) ?? throw new PlinthException($"'{start.FileName}' cannot be started.");
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    private static async Task Ended(Process process, CancellationToken cancellation)
    {
        var complaint = await process.StandardError.ReadToEndAsync(CancellationToken.None).ConfigureAwait(false);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode != ExitCodes.Success)
        {
            throw new PlinthException($"A run ended with the exit code {process.ExitCode} though nobody killed it: {complaint.Trim()}");
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    // What a run is for: its models and scores. Logs, reports and cards hold times.
    private static Dictionary<string, string> Hashes(string target)
    {
        var files = new RunFiles(target);
        string[] folders = [files.Checkpoint, files.Best];
        var found = folders.Where(Directory.Exists).SelectMany(place => Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories)).Append(files.Scores).Where(File.Exists);
        return found.Where(path => Path.GetFileName(path) != ModelCard.FileName).ToDictionary(path => Path.GetRelativePath(target, path), FileHash.Of, StringComparer.Ordinal);
    }
}
