namespace Plinth.Core.Native;

/// <summary>Which native files this process computes with: the first thing to look at when numbers or devices surprise.</summary>
public sealed record NativeReport
{
    /// <summary>The folder that libtorch was loaded from.</summary>
    public required string TorchFolder { get; init; }

    /// <summary>Version of that libtorch, as it says itself, such as "2.10.0".</summary>
    public required string TorchVersion { get; init; }

    /// <summary>The word that libtorch gives for its stable C interface: version in the upper bytes.</summary>
    public required ulong Abi { get; init; }

    /// <summary>The TorchSharp shim (LibTorchSharp) that was loaded.</summary>
    public required string ShimPath { get; init; }

    /// <summary>Whether the shim had to be relaxed in memory because this system's C++ library is older than the shim asks for.</summary>
    public required bool ShimIsPatched { get; init; }

    /// <summary>Whether a CUDA build of libtorch was loaded (says nothing about a device being there).</summary>
    public required bool HasCuda { get; init; }

    /// <summary>Every file that was loaded, in order.</summary>
    public required IReadOnlyList<string> LoadedFiles { get; init; }

    /// <summary>What is allowed but doubtful, one sentence each; empty when all is as it should be.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
