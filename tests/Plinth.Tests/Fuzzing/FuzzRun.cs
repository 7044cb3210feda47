using System.Runtime.ExceptionServices;

namespace Plinth.Tests.Fuzzing;

/// <summary>Many damaged files of one format, each read or refused.</summary>
internal sealed class FuzzRun(FuzzFormat format, string path, int count)
{
    // Far beyond what any run needs: it is there for the reader that never ends. Each 2,000 files have as long.
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(5);

    private const int FilesPerPatience = 2000;

    private Exception? failure;
    private int seed;

    /// <summary>How many were read.</summary>
    public int Accepted { get; private set; }

    /// <summary>How many were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>Reads them all, on a thread of its own, so that one that never ends fails by its number.</summary>
    public void Go()
    {
        var thread = new Thread(All) { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(patience * Math.Max(1, (double)count / FilesPerPatience)), $"{format} with seed {seed} has not come to an end.");
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private void All()
    {
        try
        {
            var sound = format.Sound();
            for (seed = 0; seed < count; seed++)
            {
                File.WriteAllBytes(path, new Mutations(seed).Of(sound));
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

        var allocated = GC.GetTotalAllocatedBytes() - before;
        Assert.True(allocated <= format.Allowance, $"{allocated:N0} bytes were allocated, {format.Allowance:N0} are allowed.");
    }
}
