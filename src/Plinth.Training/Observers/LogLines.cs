using System.Text;
using Plinth.Core;
using Plinth.Core.Files;

namespace Plinth.Training.Observers;

/// <summary>Files that grow by a line with each report, and are cut back where a run goes on from an earlier step.</summary>
internal static class LogLines
{
    /// <summary>The whole lines of a file, without their ends. A last one without an end, cut off with the process, is left out.</summary>
    public static IEnumerable<string> Read(string path)
    {
        var endsWhole = EndsWithLineBreak(path);
        string? previous = null;
        foreach (var line in File.ReadLines(path))
        {
            if (previous is not null)
            {
                yield return previous;
            }

            previous = line;
        }

        if (previous is not null && endsWhole)
        {
            yield return previous;
        }
    }

    /// <summary>Puts a file in place that holds these lines alone. They may be read from that file itself.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lines">With their ends.</param>
    /// <exception cref="PlinthException">It cannot be written.</exception>
    public static void Begin(string path, IEnumerable<string> lines) => AtomicFile.Write(path, file =>
    {
        foreach (var line in lines)
        {
            file.Write(Encoding.UTF8.GetBytes(line));
        }
    });

    /// <summary>Adds lines at the end, in one call, so that a killed process leaves all of them or none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lines">With their ends.</param>
    /// <exception cref="PlinthException">It cannot be written, or its folder is gone.</exception>
    public static void Append(string path, string lines)
    {
        try
        {
            File.AppendAllText(path, lines);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PlinthException($"The log '{path}' could not be written: {error.Message}", error);
        }
    }

    private static bool EndsWithLineBreak(string path)
    {
        using var file = File.OpenRead(path);
        if (file.Length == 0)
        {
            return true;
        }

        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }
}
