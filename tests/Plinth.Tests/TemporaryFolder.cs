namespace Plinth.Tests;

/// <summary>A folder of one test, gone with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("plinth-test-").FullName;

    public string Root => folder;

    public string Path(params string[] parts) => System.IO.Path.Combine([folder, .. parts]);

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
