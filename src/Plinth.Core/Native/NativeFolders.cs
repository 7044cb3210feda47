using System.Reflection;
using System.Runtime.InteropServices;

namespace Plinth.Core.Native;

/// <summary>The places where the native libraries may lie, in the order in which they are asked.</summary>
internal static class NativeFolders
{
    /// <summary>Variable that names the folder of another libtorch.</summary>
    public const string TorchVariable = "PLINTH_LIBTORCH";

    /// <summary>Variable that names the folder of another TorchSharp shim.</summary>
    public const string ShimVariable = "PLINTH_LIBTORCHSHARP";

    /// <summary>Portable runtime identifier of this process, such as "linux-x64".</summary>
    public static string Rid { get; } =
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")
        + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>File name of a library on this system.</summary>
    /// <param name="library">Bare name, such as "torch_cpu".</param>
    public static string FileName(string library) =>
        OperatingSystem.IsWindows() ? library + ".dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    /// <summary>The folder that holds a library, or null when none does.</summary>
    /// <param name="variable">An environment variable that, when set, is the only place looked at.</param>
    /// <param name="metadata">Key of the assembly attribute in which the build recorded the package folder.</param>
    /// <param name="library">Bare name of the library that must be there.</param>
    /// <exception cref="PlinthException">The variable names a folder without the library.</exception>
    public static string? Find(string variable, string metadata, string library)
    {
        var file = FileName(library);
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } chosen)
        {
            // Generous: the folder of the installation or of the package will do as well as its lib folder.
            return new[] { chosen, Path.Combine(chosen, "lib"), Path.Combine(chosen, "runtimes", Rid, "native") }
                .Where(folder => File.Exists(Path.Combine(folder, file))).Select(Path.GetFullPath).FirstOrDefault()
                ?? throw new PlinthException(
                    $"{variable} is set to '{chosen}', but {(Directory.Exists(chosen) ? $"that folder holds no {file}" : "there is no such folder")}. {Mend(variable, file)}");
        }
        return Places(metadata).FirstOrDefault(folder => File.Exists(Path.Combine(folder, file)));
    }

    /// <summary>The folders asked when no variable is set.</summary>
    /// <param name="metadata">Key of the assembly attribute in which the build recorded the package folder.</param>
    public static IEnumerable<string> Places(string metadata)
    {
        yield return AppContext.BaseDirectory;
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", Rid, "native");
        var recorded = typeof(NativeFolders).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(attribute => attribute.Key == metadata)?.Value;
        if (string.IsNullOrEmpty(recorded))
        {
            yield break;
        }
        yield return Path.GetFullPath(recorded);

        // The program may have been built for another account or machine: same package, this user's cache.
        var tail = recorded.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries)[^5..];
        yield return Path.Combine([PackageCache(), .. tail]);
    }

    private static string Mend(string variable, string file) => variable == ShimVariable
        ? $"Point it at the folder with {file} of TorchSharp 0.107 (for systems without a package: built from its sources), or unset it."
        : $"Point it at the folder with {file} of libtorch 2.10 (for a PyTorch installation: site-packages/torch/lib), or unset it.";

    private static string PackageCache() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
            ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
}
