using System.Runtime.CompilerServices;
using System.Text;

namespace Plinth.Serving.Watching;

/// <summary>Reads a log as it grows. A run that goes on from an earlier step puts another log in its place; that is noticed, and it is read from its beginning.</summary>
/// <param name="path">The log; it need not be there yet.</param>
/// <param name="clock">Says when to look again.</param>
internal sealed class LogTail(string path, TimeProvider clock)
{
    // A line holds the numbers of a step, or some samples with small pictures.
    private const int LongestLine = 1 << 20;

    // So much of what was read last is compared, with the times in it, to see whether it is still the same log.
    private const int MarkSize = 64;

    private static readonly TimeSpan interval = TimeSpan.FromMilliseconds(250);

    private readonly byte[] buffer = new byte[LongestLine];
    private byte[] mark = [];
    private long position;
    private bool isSkipping;

    /// <summary>The lines there are and those that come, each whole, until cancelled; null before the first, and wherever all that came before is void.</summary>
    public async IAsyncEnumerable<string?> Follow([EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return null;
        while (!cancellation.IsCancellationRequested)
        {
            await using (var file = PlainFile.TryOpen(path))
            {
                if (file is not null && !IsSame(file))
                {
                    (position, mark, isSkipping) = (0, [], false);
                    yield return null;
                }

                while (file is not null && Next(file) is { } lines)
                {
                    foreach (var line in lines)
                    {
                        yield return line;
                    }
                }
            }

            await Task.Delay(interval, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool IsSame(FileStream file)
    {
        if (file.Length < position)
        {
            return false;
        }

        var found = new byte[mark.Length];
        file.Position = position - mark.Length;
        return file.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) == found.Length && found.AsSpan().SequenceEqual(mark);
    }

    // The whole lines in the next piece; null at the end, where a last line may not be whole yet.
    private List<string>? Next(FileStream file)
    {
        file.Position = position;
        var count = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        var whole = buffer.AsSpan(0, count).LastIndexOf((byte)'\n') + 1;
        if (whole == 0 && count < buffer.Length)
        {
            return null;
        }

        // A line longer than the buffer is none of a run's, and is passed over.
        var read = buffer.AsSpan(0, whole == 0 ? count : whole);
        var lines = whole == 0 ? [] : Encoding.UTF8.GetString(read).Split('\n').Skip(isSkipping ? 1 : 0).Where(line => line.Length > 0).ToList();
        isSkipping = whole == 0;
        position += read.Length;
        mark = read[^Math.Min(MarkSize, read.Length)..].ToArray();
        return lines;
    }
}
