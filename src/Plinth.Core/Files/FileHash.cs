using System.Security.Cryptography;

namespace Plinth.Core.Files;

/// <summary>What tells whether a file is the one that it was.</summary>
public static class FileHash
{
    /// <summary>SHA-256 of a file's content, hexadecimal in upper case.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string Of(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(stream));
    }
}
