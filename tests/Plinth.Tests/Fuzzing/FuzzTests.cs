namespace Plinth.Tests.Fuzzing;

/// <summary>
/// Every reader of files on damaged ones: whatever stands in a file, it is read or refused by its typed error, in bounded memory and
/// time. <c>PLINTH_FUZZ_COUNT</c> sets how many files of each format, for a long search; a format is added in <see cref="FuzzCatalog" />.
/// </summary>
public sealed class FuzzTests
{
    private static readonly int count = int.TryParse(Environment.GetEnvironmentVariable("PLINTH_FUZZ_COUNT"), out var chosen) ? chosen : 2000;

    /// <summary>Names of all formats.</summary>
    public static TheoryData<string> Formats => [.. FuzzCatalog.Formats.Keys];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Damaged_files_are_read_or_refused_and_nothing_else(string name)
    {
        var format = FuzzCatalog.Formats[name];
        using var folder = new TemporaryFolder();
        foreach (var (file, bytes) in format.Beside)
        {
            Put(folder.Path(file), bytes);
        }

        var path = folder.Path(format.FileName);
        Put(path, format.Sound());
        format.Read(path);
        var run = new FuzzRun(format, path, count);
        run.Go();
        TestContext.Current.TestOutputHelper?.WriteLine(run.Timing);
        // Both ends must be met, or the damage would show little.
        Assert.True(run.Accepted > 0, "No damaged file was read, so nothing behind the first check was met.");
        Assert.True(run.Refused > 0 || format.TakesAnything, "No damaged file was refused.");
    }

    private static void Put(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}
