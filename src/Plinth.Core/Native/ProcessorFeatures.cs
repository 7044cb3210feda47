using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Plinth.Core.Native;

/// <summary>What the processor has that .NET does not tell.</summary>
internal static class ProcessorFeatures
{
    /// <summary>Whether it is Intel's.</summary>
    public static bool IsIntel { get; } = FindVendor().SequenceEqual("GenuineIntel"u8);

    /// <summary>Whether it multiplies bfloat16 as they are (AVX512_BF16).</summary>
    public static bool MultipliesBFloat16 { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    private static ReadOnlySpan<byte> FindVendor()
    {
        if (!X86Base.IsSupported)
        {
            return default;
        }

        var (_, first, third, second) = X86Base.CpuId(0, 0);
        return MemoryMarshal.AsBytes<int>(new[] { first, second, third });
    }
}
