using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Plinth.Core.Native;

/// <summary>The machine around the process, as far as it decides what can be computed.</summary>
public sealed record SystemFacts
{
    /// <summary>Operating system and its version.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>Version of .NET.</summary>
    public required string Framework { get; init; }

    /// <summary>Runtime identifier such as <c>linux-x64</c>.</summary>
    public required string Platform { get; init; }

    /// <summary>Name of the processor, or empty when the system does not tell.</summary>
    public required string Processor { get; init; }

    /// <summary>Vector instructions that the processor has, best first.</summary>
    public required IReadOnlyList<string> VectorInstructions { get; init; }

    /// <summary>Cores that this process may use (a container's quota is counted in).</summary>
    public required int CoreCount { get; init; }

    /// <summary>Threads that one torch operation uses; 0 when libtorch is not loaded.</summary>
    public required int TorchThreadCount { get; init; }

    /// <summary>Memory that this process may use in all, bytes (a container's limit is counted in).</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Memory that is free now, bytes.</summary>
    public required long FreeMemoryBytes { get; init; }

    /// <summary>Bytes that can still be written in the working folder and in the folder for temporary files.</summary>
    public required IReadOnlyDictionary<string, long> FreeDiskBytes { get; init; }

    /// <summary>Looks now.</summary>
    /// <param name="torchIsLoaded">Whether torch can be asked for its threads.</param>
    internal static SystemFacts Look(bool torchIsLoaded) => new()
    {
        OperatingSystem = RuntimeInformation.OSDescription,
        Framework = RuntimeInformation.FrameworkDescription,
        Platform = NativeFolders.Rid,
        Processor = ProcessorName,
        VectorInstructions = [.. Vectors()],
        CoreCount = Environment.ProcessorCount,
        TorchThreadCount = torchIsLoaded ? TorchRuntime.ThreadCount : 0,
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        FreeMemoryBytes = AvailableMemory(),
        FreeDiskBytes = new[] { Environment.CurrentDirectory, Path.GetTempPath() }.Distinct()
            .Select(folder => (Folder: folder, Free: FreeDisk(folder))).Where(disk => disk.Free is not null).ToDictionary(disk => disk.Folder, disk => disk.Free!.Value),
    };

    /// <summary>What the processor calls itself; empty where the system does not say it.</summary>
    public static string ProcessorName => FirstValue("/proc/cpuinfo", "model name") ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "";

    /// <summary>Memory that is free now, bytes.</summary>
    /// <param name="owned">Bytes that the process has already and that count as free too.</param>
    public static long AvailableMemory(long owned = 0)
    {
        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return long.TryParse(FirstValue("/proc/meminfo", "MemAvailable")?.Split(' ')[0], out var kilobytes)
            ? Math.Min(limit, (kilobytes * 1024) + owned)
            : Math.Clamp(limit - GC.GetGCMemoryInfo().MemoryLoadBytes + owned, 0, limit);
    }

    private static IEnumerable<string> Vectors()
    {
        (bool Has, string Name)[] all =
        [
            (Avx512F.IsSupported, "AVX-512"), (Avx2.IsSupported, "AVX2"), (Fma.IsSupported, "FMA"), (Sse42.IsSupported, "SSE4.2"), (AdvSimd.IsSupported, "NEON"),
        ];
        return all.Where(set => set.Has).Select(set => set.Name);
    }

    private static string? FirstValue(string file, string key)
    {
        try
        {
            return File.Exists(file)
                ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2)[^1].Trim()
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long? FreeDisk(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
