using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Plinth.Tests.Fuzzing;

/// <summary>Many damaged files of one format, each read or refused.</summary>
internal sealed class FuzzRun(FuzzFormat format, string path, int count)
{
    // Far beyond what a file needs, however busy the machine: it is there for the reader that never ends.
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(2);

    // Longer than a tiny file should take; the report names what did, for a long search lives on the average.
    private static readonly TimeSpan noticeable = TimeSpan.FromMilliseconds(20);

    private const int ReportedSeeds = 20;

    private readonly List<(int Seed, TimeSpan Time)> slow = [];
    private TimeSpan reading;
    private Exception? failure;
    private volatile int seed;

    /// <summary>How many were read.</summary>
    public int Accepted { get; private set; }

    /// <summary>How many were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>How long the reading took, and which seeds took longest.</summary>
    public string Timing =>
        $"{format}: {count:N0} files in {reading.TotalSeconds:F1} s, {reading.TotalMilliseconds / Math.Max(1, count):F3} ms each; {slow.Count:N0} took over {noticeable.TotalMilliseconds:F0} ms"
        + string.Concat(slow.OrderByDescending(one => one.Time).Take(ReportedSeeds).Select((one, i) => $"{(i == 0 ? ": " : ", ")}seed {one.Seed} {one.Time.TotalMilliseconds:F0} ms"));

    /// <summary>Reads them all, on a thread of its own, so that one that never ends fails by its number.</summary>
    public void Go()
    {
        var thread = new Thread(All) { IsBackground = true };
        thread.Start();
        for (var before = -1; !thread.Join(patience); before = seed)
        {
            Assert.True(seed != before, $"{format} with seed {seed} has not come to an end.");
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Writes a file over what it was. It is not emptied first: file systems that then bring it to the disk at once take a hundred times as long as all else.</summary>
    public static void Put(string path, byte[] bytes)
    {
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write);
        RandomAccess.Write(file, bytes, 0);
        RandomAccess.SetLength(file, bytes.Length);
    }

    private void All()
    {
        try
        {
            var sound = format.Sound();
            for (seed = 0; seed < count; seed++)
            {
                Put(path, new Mutations(seed).Of(sound));
                One();
            }
        }
        catch (Exception error)
        {
            failure = new InvalidOperationException($"{format} with seed {seed}: {error.Message}", error);
        }
    }

    private void One()
    {
        var before = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        try
        {
            format.Read(path);
            Accepted++;
        }
        catch (Exception error) when (format.Refusal.IsInstanceOfType(error))
        {
            Refused++;
            Assert.True(!format.IsNamed || error.Message.Contains(Path.GetDirectoryName(path)!, StringComparison.Ordinal), $"'{error.Message}' does not name the file.");
        }

        var time = Stopwatch.GetElapsedTime(start);
        reading += time;
        if (time > noticeable)
        {
            slow.Add((seed, time));
        }

        var allocated = GC.GetTotalAllocatedBytes() - before;
        Assert.True(allocated <= format.Allowance, $"{allocated:N0} bytes were allocated, {format.Allowance:N0} are allowed.");
    }
}
