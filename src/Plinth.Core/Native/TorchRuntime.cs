using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace Plinth.Core.Native;

/// <summary>
/// Loads libtorch and the TorchSharp shim from one place on disk before the first torch call. Programs need not call
/// anything: the hook is set when they start, and the libraries are loaded when TorchSharp is first used.
/// </summary>
public static class TorchRuntime
{
    private const string AnyVersionVariable = "PLINTH_LIBTORCH_ANY_VERSION";
    private const ulong KnownVersion = 0x020A; // libtorch 2.10, which the shim was compiled against

    // Each library's needs must be loaded before it: the system matches them by name, wherever they came from.
    private static readonly string[] loadOrder = ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"];

    private static readonly Lock gate = new();
    private static readonly Dictionary<string, nint> handles = [];
    private static int hooked, complained;
    private static bool loading;
    private static NativeReport? report;
    private static ExceptionDispatchInfo? failure;

    /// <summary>What was loaded and from where. Loads it if that has not happened yet.</summary>
    /// <exception cref="PlinthException">The native libraries are missing or do not fit.</exception>
    public static NativeReport Report
    {
        get
        {
            EnsureLoaded();
            return report!;
        }
    }

    /// <summary>How many threads one torch operation may use. Results can differ in the last bits between thread counts.</summary>
    public static int ThreadCount
    {
        get
        {
            EnsureLoaded();
            return torch.get_num_threads();
        }
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            EnsureLoaded();
            torch.set_num_threads(value);
        }
    }

    /// <summary>Makes sure that this class is asked for the native libraries. Cheap, and harmless to repeat.</summary>
#pragma warning disable CA2255 // a library may use this when it must act before anything else does
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Hook()
    {
        if (Interlocked.Exchange(ref hooked, 1) != 0)
        {
            return;
        }
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => LoadWith(loaded.LoadedAssembly);
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            LoadWith(assembly);
        }
    }

    /// <summary>Loads libtorch and the shim now, once; a failure is remembered and told again.</summary>
    /// <exception cref="PlinthException">The native libraries are missing or do not fit; the message says how to mend it.</exception>
    public static void EnsureLoaded()
    {
        lock (gate)
        {
            failure?.Throw();
            if (report is not null || loading)
            {
                return;
            }
            loading = true;
            try
            {
                report = Load();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
                throw;
            }
            finally
            {
                loading = false;
            }
        }
    }

    /// <summary>A function of libtorch by its name, where this build of it has one.</summary>
    /// <param name="name">The exported name.</param>
    /// <param name="address">Where it is.</param>
    internal static bool TryGetExport(string name, out nint address)
    {
        EnsureLoaded();
        return NativeLibrary.TryGetExport(handles["torch_cpu"], name, out address);
    }

    // Ours go first: the system would otherwise also accept any libtorch on LD_LIBRARY_PATH, or one beside the program
    // although PLINTH_LIBTORCH names another. The runtime would swallow an error here; Resolve tells it.
    private static void LoadWith(Assembly assembly)
    {
        if (assembly.GetName().Name != "TorchSharp")
        {
            return;
        }
        try
        {
            EnsureLoaded();
        }
        catch (PlinthException)
        {
        }
    }

    private static nint Resolve(Assembly assembly, string library)
    {
        if (library is not ("LibTorchSharp" or "torch_cpu" or "torch_cuda"))
        {
            return 0;
        }
        try
        {
            EnsureLoaded();
        }
        catch (PlinthException error)
        {
            // TorchSharp swallows this and then blames a missing package, so that the true reason must be said here.
            if (Interlocked.Exchange(ref complained, 1) == 0)
            {
                Console.Error.WriteLine(error.Message);
            }
            throw;
        }
        return handles.GetValueOrDefault(library);
    }

    private static NativeReport Load()
    {
        var torchFolder = NativeFolders.Find(NativeFolders.TorchVariable, "NativeDir:libtorch", "torch_cpu")
            ?? throw Missing("libtorch", "NativeDir:libtorch", NativeFolders.Rid);
        var shimFolder = NativeFolders.Find(NativeFolders.ShimVariable, "NativeDir:TorchSharp", "LibTorchSharp")
            ?? throw Missing("the TorchSharp shim", "NativeDir:TorchSharp", NativeFolders.Rid);
        CheckWhole(torchFolder);
        List<string> files = [], warnings = [];
        NativeDefaults.Apply();
        if (ThreadBudget.Apply() is { } note)
        {
            warnings.Add(note);
        }

        ulong abi = 0;
        foreach (var library in loadOrder)
        {
            var path = Path.Combine(torchFolder, NativeFolders.FileName(library));
            if (!File.Exists(path))
            {
                continue;
            }
            try
            {
                handles[library] = NativeLibrary.Load(path);
                files.Add(path);
            }
            catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
            {
                if (library is not ("c10_cuda" or "torch_cuda"))
                {
                    throw Refused(path, error, warnings);
                }
                warnings.Add($"{path} could not be loaded, so that CUDA devices cannot be used: {Reason(error)}.");
            }
            if (library == "torch_cpu")
            {
                abi = CheckVersion(torchFolder, warnings);
                NativeDefaults.ApplyTo(handles[library]);
            }
        }

        var shim = Path.Combine(shimFolder, NativeFolders.FileName("LibTorchSharp"));
        try
        {
            (handles["LibTorchSharp"], var patched) = ShimLoader.Load(shim);
            files.Add(shim);
            return new NativeReport
            {
                TorchFolder = torchFolder,
                TorchVersion = Version(abi),
                Abi = abi,
                ShimPath = shim,
                ShimIsPatched = patched,
                HasCuda = handles.ContainsKey("torch_cuda"),
                LoadedFiles = files,
                Warnings = warnings,
            };
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            throw Refused(shim, error, warnings);
        }
    }

    // Another minor version binds lazily, loads without complaint and then computes wrong numbers.
    private static unsafe ulong CheckVersion(string folder, List<string> warnings)
    {
        var abi = NativeLibrary.TryGetExport(handles["torch_cpu"], "aoti_torch_abi_version", out var function)
            ? ((delegate* unmanaged[Cdecl]<ulong>)function)()
            : 0;
        if (abi >> 48 == KnownVersion)
        {
            return abi;
        }
        var found = $"The libtorch in '{folder}' is version {Version(abi)}; this build works with 2.10.";
        if (Environment.GetEnvironmentVariable(AnyVersionVariable) != "1")
        {
            throw new PlinthException(
                $"{found} Other versions can load and then give wrong numbers. Unset {NativeFolders.TorchVariable} or point it at a " +
                $"libtorch 2.10; to try this one nevertheless, set {AnyVersionVariable}=1 and run `plinth doctor`, whose self-test shows whether it computes rightly.");
        }
        warnings.Add($"{found} It is used because {AnyVersionVariable} is set; trust no number before the self-test of `plinth doctor` passes.");
        return abi;
    }

    private static string Version(ulong abi) =>
        abi == 0 ? "unknown (too old to say)" : $"{abi >> 56}.{(abi >> 48) & 0xFF}.{(abi >> 40) & 0xFF}";

    // One of them alone would load what another folder on the system's search path has, or be refused in the system's words.
    private static void CheckWhole(string folder)
    {
        var absent = ((string[])["c10", "torch_cpu", "torch"]).Select(NativeFolders.FileName).Where(file => !File.Exists(Path.Combine(folder, file))).ToList();
        if (absent.Count > 0)
        {
            throw new PlinthException(
                $"The libtorch in '{folder}' is not whole: {string.Join(" and ", absent)} {(absent.Count == 1 ? "is" : "are")} missing. Install it again, or set " +
                $"{NativeFolders.TorchVariable} to the folder of a whole libtorch 2.10 (for a PyTorch installation: site-packages/torch/lib).");
        }
    }

    /// <summary>The error when a library is nowhere.</summary>
    /// <param name="what">The library in words.</param>
    /// <param name="metadata">Key under which the build recorded its folder.</param>
    /// <param name="rid">The system.</param>
    internal static PlinthException Missing(string what, string metadata, string rid)
    {
        var looked = string.Join(", ", NativeFolders.Places(metadata).Distinct().Select(place => $"'{place}'"));
        if (rid is "linux-arm64" or "osx-x64")
        {
            return new PlinthException(
                $"TorchSharp comes without native libraries for {rid}. Set {NativeFolders.TorchVariable} to a folder with " +
                $"{NativeFolders.FileName("torch_cpu")} of libtorch 2.10 (site-packages/torch/lib of a PyTorch 2.10) and {NativeFolders.ShimVariable} to a folder " +
                $"with {NativeFolders.FileName("LibTorchSharp")}, built from TorchSharp's sources for this machine.");
        }
        return new PlinthException(
            $"The native library of {what} was not found. Looked in {looked}. Run `dotnet restore` where the program was built, publish it with " +
            $"`dotnet publish` (which puts the libraries beside the program), or set {NativeFolders.TorchVariable} " +
            $"(and {NativeFolders.ShimVariable}) to the folder that holds {NativeFolders.FileName("torch_cpu")} (and {NativeFolders.FileName("LibTorchSharp")}).");
    }

    private static PlinthException Refused(string path, Exception error, List<string> warnings) => new(
        $"The system refuses to load {path}: {Reason(error)}. {string.Join("", warnings.Select(warning => warning + " "))}Check that the file is whole and made for {NativeFolders.Rid} " +
        $"(`ldd` shows what it misses), or set {NativeFolders.TorchVariable} to another libtorch 2.10.", error);

    // The runtime puts advice for its own developers before the system's words.
    private static string Reason(Exception error) => error.Message.Trim().Split('\n')[^1].Trim().TrimEnd('.');
}
