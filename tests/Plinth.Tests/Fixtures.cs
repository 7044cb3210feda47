using Xunit;

namespace Plinth.Tests;

/// <summary>Finds the files that tests compare with.</summary>
public static class Fixtures
{
    /// <summary>The repository's root: the folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A folder under <c>tests/fixtures</c>.</summary>
    public static string Folder(string name)
    {
        var folder = Path.Combine(Root, "tests", "fixtures", name);
        return Directory.Exists(folder) ? folder : throw new DirectoryNotFoundException($"There are no fixtures in {folder}.");
    }

    /// <summary>A file or folder of the optional real data: under PLINTH_SHARED, or <c>../shared</c> beside the repository. Skips the test when it is not there.</summary>
    public static string Shared(string relative)
    {
        var root = Environment.GetEnvironmentVariable("PLINTH_SHARED") is { Length: > 0 } set ? set : Path.Combine(Root, "..", "shared");
        var path = Path.GetFullPath(Path.Combine(root, relative));
        if (!Path.Exists(path))
        {
            Assert.Skip($"This test needs {relative} in the folder PLINTH_SHARED names, or in ../shared beside the repository.");
        }

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
