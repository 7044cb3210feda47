using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// Rotary positions (Su et al. 2021, arXiv:2104.09864) of heads whose two halves are paired, in one walk over memory where libtorch's own operations
/// take five. The arithmetic is float32 for bfloat16 too.
/// </summary>
public static unsafe class RotaryKernel
{
    private const long Grain = 1L << 14;

    /// <summary>Whether the kernel can do it on this machine.</summary>
    /// <param name="vectors"><c>[batch, heads, seq, head]</c>.</param>
    /// <param name="cosines"><c>[batch or 1, 1, seq, rotated]</c>.</param>
    /// <param name="sines">As the cosines.</param>
    public static bool Suits(Tensor vectors, Tensor cosines, Tensor sines)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(cosines);
        ArgumentNullException.ThrowIfNull(sines);
        return RowKernel.Suits(vectors) && vectors.dim() == 4 && vectors.numel() > 0 && vectors.stride(-1) == 1
            && IsTable(cosines) && IsTable(sines);

        // Halves of whole registers.
        bool IsTable(Tensor table) =>
            RowKernel.Suits(table) && table.dtype == vectors.dtype && table.dim() == 4 && table.is_contiguous()
            && (table.size(0) == 1 || table.size(0) == vectors.size(0)) && table.size(1) == 1 && table.size(2) == vectors.size(2)
            && table.size(3) == cosines.size(3) && table.size(3) <= vectors.size(3) && table.size(3) % (2 * RowMath.Width) == 0;
    }

    /// <summary>Rotates; what lies beyond the rotated numbers of a head is copied.</summary>
    /// <param name="vectors">Float32 or bfloat16, the numbers of a head side by side; <c>[batch, heads, seq, head]</c>.</param>
    /// <param name="cosines">The same numbers, contiguous, those of the second half equal to those of the first; <c>[batch or 1, 1, seq, rotated]</c>.</param>
    /// <param name="sines">As the cosines.</param>
    /// <param name="isBack">Whether by the opposite angle, which is what gradients need.</param>
    /// <returns><c>[batch, heads, seq, head]</c>; in memory the heads of a position are side by side.</returns>
    public static Tensor Rotate(Tensor vectors, Tensor cosines, Tensor sines, bool isBack)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(cosines);
        ArgumentNullException.ThrowIfNull(sines);
        var (batch, heads, length, size) = (vectors.size(0), vectors.size(1), vectors.size(2), vectors.size(3));
        using var memory = empty([batch, length, heads, size], vectors.dtype);
        var result = memory.transpose(1, 2);
        var rotated = cosines.size(3);
        RowKernel.Run(batch * length, Math.Max(1, Grain / (heads * size)), vectors.dtype == ScalarType.Float32 ? &RunFloat32 : &RunBFloat16, new Job
        {
            Input = HeadRows.Of(vectors), Result = HeadRows.Of(result),
            Cosines = RowKernel.AddressOf(cosines), Sines = RowKernel.AddressOf(sines),
            CosineSampleStride = SampleStride(cosines), SineSampleStride = SampleStride(sines),
            Heads = heads, Length = length, Size = size, Rotated = rotated, Sign = isBack ? -1 : 1,
        });
        RowKernel.Keep(vectors, cosines, sines);
        return result;

        long SampleStride(Tensor table) => table.size(0) == 1 ? 0 : length * rotated * table.element_size();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunFloat32(long begin, long end, nint job) => Run<Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunBFloat16(long begin, long end, nint job) => Run<BFloat16Numbers>(begin, end, (Job*)job);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        var (half, sign) = (job->Rotated / 2 * T.Size, Vector512.Create(job->Sign));
        var rest = (job->Size - job->Rotated) * T.Size;
        for (var row = begin; row < end; row++)
        {
            var (sample, position) = (row / job->Length, row % job->Length);
            var cosines = job->Cosines + (sample * job->CosineSampleStride) + (position * job->Rotated * T.Size);
            var sines = job->Sines + (sample * job->SineSampleStride) + (position * job->Rotated * T.Size);
            for (var head = 0L; head < job->Heads; head++)
            {
                byte* input = job->Input.At(sample, head, position), result = job->Result.At(sample, head, position);
                for (var at = 0L; at < half; at += RowMath.Width * T.Size)
                {
                    var (x, y) = (T.Load(input + at), T.Load(input + half + at));
                    var (cosine, sine) = (T.Load(cosines + at), T.Load(sines + at) * sign);
                    T.Store((x * cosine) - (y * sine), result + at);
                    T.Store((y * cosine) + (x * sine), result + half + at);
                }

                Buffer.MemoryCopy(input + (2 * half), result + (2 * half), rest, rest);
            }
        }
    }

    private struct Job
    {
        public HeadRows Input, Result;
        public byte* Cosines, Sines;
        public long CosineSampleStride, SineSampleStride;
        public long Heads, Length, Size, Rotated;
        public float Sign;
    }
}
