using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native;

/// <summary>
/// Memory that nothing has touched yet, for weights that are about to be read and for <see cref="LastingMemory"/>, in pages of 2 MB where the system
/// gives them when asked (Linux): the first touch of a page costs more than its clearing, and there are 512 times fewer, so that loading a checkpoint is
/// several times faster.
/// </summary>
/// <remarks>
/// libtorch can ask for all its large blocks (THP_MEM_ALLOC_ENABLE), and should not: the tensors of a step come and go by the hundred, and that alone
/// made the step of a small model a twentieth longer on a virtual machine of AMD EPYC (Zen 5). Asked for pieces of the heap that were touched before,
/// the system gathers them into large pages in the background; moments and masters placed so made it longer by a third. In blocks of their own they make it
/// shorter.
/// </remarks>
internal static class LargePages
{
    private const long Size = 2L << 20;

    // madvise of sys/mman.h.
    private const int AskForLargePages = 14;

    /// <summary>A tensor of undefined numbers that nothing has touched yet.</summary>
    /// <param name="shape">Its sizes.</param>
    /// <param name="type">Its numbers.</param>
    /// <param name="device">Where it is; only on the processor is anything asked for.</param>
    public static Tensor Empty(long[] shape, ScalarType type, Device device)
    {
        var tensor = empty(shape, dtype: type, device: device);
        if (OperatingSystem.IsLinux() && tensor.device_type == DeviceType.CPU)
        {
            // The whole large pages within it: there is nothing left to gather later. A system that refuses gives small ones.
            var start = (long)TensorMemory.AddressOf(tensor);
            var (begin, end) = ((start + Size - 1) / Size * Size, (start + (tensor.numel() * tensor.element_size())) / Size * Size);
            if (begin < end)
            {
                _ = Advise((nint)begin, (nuint)(end - begin), AskForLargePages);
            }

            GC.KeepAlive(tensor);
        }

        return tensor;
    }

    [DllImport("libc", EntryPoint = "madvise")]
    private static extern int Advise(nint begin, nuint length, int advice);
}
