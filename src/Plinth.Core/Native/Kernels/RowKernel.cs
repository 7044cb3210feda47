using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// Loops of our own over a tensor's memory, on libtorch's own threads: a second team of threads beside them would make both wait. For the few
/// places where one walk over memory does what libtorch needs several for. A row's arithmetic does not depend on how many threads there are.
/// The loops are compiled with all effort at once: what the runtime makes of a long loop first, and replaces while it runs, is slower.
/// </summary>
internal static unsafe class RowKernel
{
    /// <summary>Whether this machine gains by them. It depends on nothing that changes from run to run.</summary>
    public static bool IsPreferred => Vector512.IsHardwareAccelerated && Avx512F.IsSupported;

    /// <summary>Whether the loops can walk over a tensor.</summary>
    public static bool Suits(Tensor tensor) =>
        IsPreferred && tensor.device_type == DeviceType.CPU && tensor.dtype is ScalarType.Float32 or ScalarType.BFloat16;

    /// <summary>Does all rows, and returns when they are done.</summary>
    /// <param name="count">How many.</param>
    /// <param name="grain">Fewer than that are not shared between threads.</param>
    /// <param name="body">Does the rows from the first to before the second; it cannot throw.</param>
    /// <param name="job">What it needs to know.</param>
    public static void Run<T>(long count, long grain, delegate* unmanaged[Cdecl]<long, long, nint, void> body, T job)
        where T : unmanaged => torch_parallel_for(0, count, grain, body, (nint)(&job));

    /// <summary>Where a contiguous tensor on the processor begins, or null where there is none.</summary>
    public static byte* AddressOf(Tensor? tensor) => tensor is null ? null : (byte*)TensorMemory.AddressOf(tensor);

    /// <summary>Keeps tensors until here, since the loops know their addresses alone.</summary>
    public static void Keep(params ReadOnlySpan<Tensor?> tensors)
    {
        foreach (var tensor in tensors)
        {
            GC.KeepAlive(tensor);
        }
    }

#pragma warning disable SYSLIB1054, IDE1006 // The name is libtorch's; plain pointers need no generated marshalling.
    [DllImport("torch_cpu")]
    private static extern void torch_parallel_for(long begin, long end, long grain, delegate* unmanaged[Cdecl]<long, long, nint, void> body, nint context);
#pragma warning restore SYSLIB1054, IDE1006
}
