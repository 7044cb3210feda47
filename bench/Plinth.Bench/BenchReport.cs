using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Plinth.Core.Native;

namespace Plinth.Bench;

/// <summary>Lines of a benchmark, printed as they come and kept in <c>bench/results</c>.</summary>
internal sealed class BenchReport(string name)
{
    private readonly List<string> lines =
    [
        $"# {name}, {DateTime.Now:yyyy-MM-dd}",
        "",
        $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {SystemFacts.ProcessorName}, {Environment.ProcessorCount} cores.",
        "",
    ];

    /// <summary>The repository: the folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    public void Add(FormattableString line)
    {
        var text = line.ToString(CultureInfo.InvariantCulture);
        Console.WriteLine(text);
        lines.Add(text);
    }

    /// <summary>A file or folder of the optional real data: under PLINTH_SHARED, or <c>../shared</c> beside the repository.</summary>
    public static string Shared(string relative)
    {
        var root = Environment.GetEnvironmentVariable("PLINTH_SHARED") is { Length: > 0 } set ? set : Path.Combine(Root, "..", "shared");
        var path = Path.GetFullPath(Path.Combine(root, relative));
        return Path.Exists(path) ? path : throw new FileNotFoundException($"This benchmark needs {relative} in the folder PLINTH_SHARED names, or in ../shared beside the repository.");
    }

    /// <summary>How long some work takes.</summary>
    public static double Seconds(Action work)
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed.TotalSeconds;
    }

    /// <summary>Runs this program anew for one measurement, so that no other one's memory is in its way.</summary>
    /// <returns>What it printed.</returns>
    public static string Child(params string[] arguments) => Run(Environment.ProcessPath!, arguments);

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var printed = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? printed : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode} and said '{printed}'.");
    }

    public string Save()
    {
        var path = Path.Combine(Root, "bench", "results", $"{name}-{DateTime.Now:yyyy-MM-dd}.md");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, lines);
        return path;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Plinth.slnx")))
            {
                return folder.FullName;
            }
        }
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Plinth.slnx.");
    }
}
