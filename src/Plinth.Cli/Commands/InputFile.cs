using Plinth.Core;

namespace Plinth.Cli.Commands;

/// <summary>Small text files that options name.</summary>
internal static class InputFile
{
    private const long Largest = 4 << 20;

    /// <exception cref="BadInputException">The file is missing, too large or cannot be read.</exception>
    public static string ReadText(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= Largest }
                ? File.ReadAllText(path)
                : throw new BadInputException(File.Exists(path) ? $"{path} has more than {Largest:N0} bytes." : $"There is no file '{path}' (looked at {Path.GetFullPath(path)}).");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BadInputException($"{path} cannot be read: {error.Message}", error);
        }
    }
}
