using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// Cross entropy of rows of logits with its gradient in one visit, a row at a time, on the processor. The arithmetic is float32 for bfloat16 too, and
/// no float32 copy of the logits is made.
/// </summary>
public static unsafe class CrossEntropyKernel
{
    // Below this many numbers libtorch's own calls are as fast.
    private const long SmallestWork = 1L << 16;

    /// <summary>Whether the kernel can do it on this machine and gains by it.</summary>
    /// <param name="logits"><c>[target, class]</c>.</param>
    public static bool Suits(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        return RowKernel.Suits(logits) && logits.dim() == 2 && logits.is_contiguous() && logits.numel() >= SmallestWork && logits.size(1) <= int.MaxValue / 8;
    }

    /// <summary>Computes the losses.</summary>
    /// <param name="logits">Raw scores, contiguous; <c>[target, class]</c>.</param>
    /// <param name="targets">Class numbers, contiguous, within the classes or <see cref="Batch.IgnoredLabel"/>; int64 <c>[target]</c>, on the processor.</param>
    /// <param name="smoothing">Share of the probability that is spread over all classes (Szegedy et al. 2015, arXiv:1512.00567).</param>
    /// <param name="penalty">Factor on the squared logarithm of the sum that the softmax divides by (Chowdhery et al. 2022, arXiv:2204.02311).</param>
    /// <param name="withGradient">Whether the gradient is wanted too.</param>
    /// <returns>The losses in nats, float32 <c>[target]</c>, 0 where there is no target; and the gradient of their sum, as the logits, or null.</returns>
    /// <exception cref="ArgumentException">A class number is not one of the classes.</exception>
    public static (Tensor Losses, Tensor? Gradient) Run(Tensor logits, Tensor targets, double smoothing, double penalty, bool withGradient)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(targets);
        if (targets.dtype != ScalarType.Int64 || targets.numel() != logits.size(0))
        {
            throw new ArgumentException($"{logits.size(0)} rows of logits need as many class numbers in int64; there are {targets.numel()} in {targets.dtype}.", nameof(targets));
        }

        var losses = empty([logits.size(0)], ScalarType.Float32);
        var gradient = withGradient ? empty(logits.shape, logits.dtype) : null;
        var foreign = 0;
        using var memory = new RowMemory(RowMath.Padded(logits.size(1)));
        RowKernel.Run(logits.size(0), 1, logits.dtype == ScalarType.Float32 ? &RunFloat32 : &RunBFloat16, new Job
        {
            Logits = TensorMemory.AddressOf(logits), Targets = (long*)TensorMemory.AddressOf(targets), Losses = (float*)TensorMemory.AddressOf(losses),
            Gradient = gradient is null ? 0 : TensorMemory.AddressOf(gradient),
            Classes = logits.size(1), Smoothing = (float)smoothing, Penalty = (float)penalty, Foreign = &foreign, Scratch = memory.Shares,
        });
        RowKernel.Keep(logits, targets);
        return foreign == 0
            ? (losses, gradient)
            : throw new ArgumentException($"A class number is not one of the {logits.size(1)} classes.", nameof(targets));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunFloat32(long begin, long end, nint job) => Run<Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunBFloat16(long begin, long end, nint job) => Run<BFloat16Numbers>(begin, end, (Job*)job);

    private static void Run<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        var (bytes, padded) = (job->Classes * T.Size, RowMath.Padded(job->Classes));
        var scratch = new RowScratch(job->Scratch);
        var numbers = scratch.Take(padded);
        for (var row = begin; row < end; row++)
        {
            var target = job->Targets[row];
            var gradient = job->Gradient == 0 ? null : (byte*)job->Gradient + (row * bytes);
            if (target == Batch.IgnoredLabel || (ulong)target >= (ulong)job->Classes)
            {
                *job->Foreign |= target == Batch.IgnoredLabel ? 0 : 1;
                job->Losses[row] = 0;
                if (gradient != null)
                {
                    NativeMemory.Clear(gradient, (nuint)bytes);
                }

                continue;
            }

            RowCopies.Read<T>((byte*)job->Logits + (row * bytes), bytes, 1, job->Classes, numbers);
            for (var i = job->Classes; i < padded; i++)
            {
                numbers[i] = float.NegativeInfinity;
            }

            job->Losses[row] = Row<T>(job, numbers, padded, target, gradient);
        }
    }

    // With p the softmax and l the logarithm of what it divides by, the gradient is p·(1 + 2·penalty·l) − smoothing / classes, less 1 − smoothing at the target.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Row<T>(Job* job, float* numbers, long padded, long target, byte* gradient)
        where T : struct, IRowNumbers
    {
        var score = numbers[target];
        var mean = job->Smoothing == 0 ? 0 : Mean(numbers, job->Classes);
        var largest = Vector512.Create(float.NegativeInfinity);
        for (var i = 0L; i < padded; i += RowMath.Width)
        {
            largest = Vector512.Max(largest, Vector512.Load(numbers + i));
        }

        var top = RowMath.Largest(largest);
        var sum = RowMath.Exponentiate<Float32Numbers>(numbers, padded, top);
        var logarithm = MathF.Log(sum) + top;
        if (gradient != null)
        {
            var factor = (1 + (2 * job->Penalty * logarithm)) / sum;
            var spread = job->Smoothing / job->Classes;
            if (spread != 0)
            {
                for (var i = 0L; i < padded; i += RowMath.Width)
                {
                    (Vector512.Load(numbers + i) - Vector512.Create(spread / factor)).Store(numbers + i);
                }
            }

            RowCopies.Write<T>(numbers, factor, job->Classes, gradient);
            T.StoreOne((numbers[target] * factor) - (1 - job->Smoothing), gradient + (target * T.Size));
        }

        return logarithm - ((1 - job->Smoothing) * score) - (job->Smoothing * mean) + (job->Penalty * logarithm * logarithm);
    }

    private static float Mean(float* numbers, long count)
    {
        var sum = 0.0;
        for (var i = 0L; i < count; i++)
        {
            sum += numbers[i];
        }

        return (float)(sum / count);
    }

    private struct Job
    {
        public nint Logits, Gradient;
        public long* Targets;
        public float* Losses;
        public long Classes;
        public float Smoothing, Penalty;
        public int* Foreign;
        public RowShares* Scratch;
    }
}
