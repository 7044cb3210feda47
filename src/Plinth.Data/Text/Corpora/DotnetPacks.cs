using System.Runtime.InteropServices;

namespace Plinth.Data.Text;

/// <summary>Finds the folder of the running .NET installation and the XML documentation in its reference packs.</summary>
internal static class DotnetPacks
{
    /// <summary>Folders that may hold an installation, the likeliest first.</summary>
    public static IEnumerable<string> Roots()
    {
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            yield return FolderOf(Environment.ProcessPath!);
        }

        if (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host)
        {
            yield return FolderOf(host);
        }

        // .../shared/Microsoft.NETCore.App/10.0.0/ lies three folders below the root.
        yield return Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root)
        {
            yield return root;
        }

        var program = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var candidate = Path.Combine(folder, program);
            if (File.Exists(candidate))
            {
                yield return FolderOf(candidate);
            }
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        foreach (var known in (string[])["/usr/share/dotnet", "/usr/lib/dotnet", "/usr/lib64/dotnet", "/usr/local/share/dotnet", "/opt/dotnet", Path.Combine(home, ".dotnet"),
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "dotnet")])
        {
            yield return known;
        }
    }

    /// <summary>
    /// Documentation files of <c>packs/NAME/VERSION/ref/FRAMEWORK</c>: of each pack the highest version and framework, and of files
    /// with the same name and length, which packs share, the first. The base pack comes first, then the others by name.
    /// </summary>
    public static IReadOnlyList<string> Files(string root)
    {
        var files = new List<string>();
        var seen = new HashSet<(string, long)>();
        foreach (var pack in Folders(Path.Combine(root, "packs")).OrderBy(p => Path.GetFileName(p) != "Microsoft.NETCore.App.Ref").ThenBy(p => p, StringComparer.Ordinal))
        {
            foreach (var file in Newest(pack))
            {
                if (seen.Add((Path.GetFileName(file), new FileInfo(file).Length)))
                {
                    files.Add(file);
                }
            }
        }

        return files;
    }

    private static string[] Newest(string pack) => Folders(pack)
        .OrderByDescending(Path.GetFileName, VersionOrder.Instance)
        .SelectMany(version => Folders(Path.Combine(version, "ref")).OrderByDescending(Path.GetFileName, VersionOrder.Instance))
        .Select(framework => Directory.GetFiles(framework, "*.xml").Order(StringComparer.Ordinal).ToArray())
        .FirstOrDefault(files => files.Length > 0) ?? [];

    private static string[] Folders(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The folder of a program, links followed (<c>/usr/bin/dotnet</c> usually is one).</summary>
    private static string FolderOf(string program)
    {
        try
        {
            program = File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program;
        }
        catch (IOException)
        {
            // A dangling link: the folder of the link itself is as good a guess as any.
        }

        return Path.GetDirectoryName(Path.GetFullPath(program)) ?? program;
    }

    /// <summary>Orders <c>10.0.9</c> before <c>10.0.12</c> and <c>10.0.0-rc.1</c> before <c>10.0.0</c>.</summary>
    private sealed class VersionOrder : IComparer<string?>
    {
        public static VersionOrder Instance { get; } = new();

        public int Compare(string? x, string? y)
        {
            var (a, b) = (Split(x), Split(y));
            var byNumber = a.Number.CompareTo(b.Number);
            return byNumber != 0 ? byNumber
                : (a.Label.Length == 0) != (b.Label.Length == 0) ? (a.Label.Length == 0 ? 1 : -1)
                : string.Compare(a.Label, b.Label, StringComparison.Ordinal);
        }

        private static (Version Number, string Label) Split(string? name)
        {
            name = (name ?? "").TrimStart("netcoreapsd".ToCharArray());
            var dash = name.IndexOf('-');
            var (number, label) = dash < 0 ? (name, "") : (name[..dash], name[dash..]);
            return (Version.TryParse(number, out var version) ? version : new Version(0, 0), label);
        }
    }
}
