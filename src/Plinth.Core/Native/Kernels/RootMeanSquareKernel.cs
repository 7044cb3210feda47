using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// Rows divided by their root mean square, with a learned scale (Zhang, Sennrich 2019, arXiv:1910.07467), in one walk over memory where libtorch's own
/// operations take seven. The arithmetic is float32 for bfloat16 too.
/// </summary>
public static unsafe class RootMeanSquareKernel
{
    // The gradient of the scale is summed over so many rows at a time, and then over these sums: in the same order with any number of threads.
    private const long RowsOfPiece = 64;

    private const long Grain = 1L << 14;

    /// <summary>Whether the kernel can do it on this machine.</summary>
    /// <param name="input"><c>[..., size]</c>.</param>
    /// <param name="scale"><c>[size]</c>.</param>
    public static bool Suits(Tensor input, Tensor scale)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(scale);
        return RowKernel.Suits(input) && RowKernel.Suits(scale) && scale.dtype == input.dtype && scale.is_contiguous()
            && input.dim() > 0 && scale.dim() == 1 && input.size(-1) == scale.size(0) && input.numel() > 0;
    }

    /// <summary>The scaled rows.</summary>
    /// <param name="input">Contiguous, float32 or bfloat16; <c>[..., size]</c>.</param>
    /// <param name="scale">The same numbers; <c>[size]</c>.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="isFromOne">Whether 1 is added to the scale; where not, a bfloat16 row is rounded before it is scaled too, as Llama's is.</param>
    /// <returns><c>[..., size]</c>.</returns>
    public static Tensor Forward(Tensor input, Tensor scale, double epsilon, bool isFromOne)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(scale);
        var result = empty(input.shape, input.dtype);
        var job = JobOf(input, scale, epsilon, isFromOne);
        job.Result = RowKernel.AddressOf(result);
        RowKernel.Run(job.Rows, Math.Max(1, Grain / job.Size), input.dtype == ScalarType.Float32 ? &ForwardFloat32 : &ForwardBFloat16, job);
        GC.KeepAlive(input);
        GC.KeepAlive(scale);
        return result;
    }

    /// <summary>The gradients.</summary>
    /// <param name="input">What went in.</param>
    /// <param name="scale">The scale.</param>
    /// <param name="gradient">Gradient by what came out, contiguous; <c>[..., size]</c>.</param>
    /// <param name="epsilon">As before.</param>
    /// <param name="isFromOne">As before.</param>
    /// <param name="ofScale">Whether that by the scale is wanted too.</param>
    /// <returns>That by the input, <c>[..., size]</c>; and that by the scale, <c>[size]</c>, or null.</returns>
    public static (Tensor Input, Tensor? Scale) Backward(Tensor input, Tensor scale, Tensor gradient, double epsilon, bool isFromOne, bool ofScale)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(scale);
        ArgumentNullException.ThrowIfNull(gradient);
        var result = empty(input.shape, input.dtype);
        var job = JobOf(input, scale, epsilon, isFromOne);
        var pieces = (job.Rows + RowsOfPiece - 1) / RowsOfPiece;
        using var sums = ofScale ? zeros([pieces, job.Size], ScalarType.Float32) : null;
        job.Result = RowKernel.AddressOf(result);
        job.Gradient = RowKernel.AddressOf(gradient);
        job.Sums = sums is null ? null : (float*)RowKernel.AddressOf(sums);
        RowKernel.Run(pieces, 1, input.dtype == ScalarType.Float32 ? &BackwardFloat32 : &BackwardBFloat16, job);
        GC.KeepAlive(input);
        GC.KeepAlive(scale);
        GC.KeepAlive(gradient);
        return (result, sums?.sum([0L]).to(scale.dtype));
    }

    private static Job JobOf(Tensor input, Tensor scale, double epsilon, bool isFromOne)
    {
        var size = scale.size(0);
        return new()
        {
            Input = RowKernel.AddressOf(input), Scale = RowKernel.AddressOf(scale), Rows = input.numel() / size, Size = size,
            Epsilon = (float)epsilon, Shift = isFromOne ? 1 : 0, IsRoundedFirst = !isFromOne,
        };
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ForwardFloat32(long begin, long end, nint job) => Forward<Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ForwardBFloat16(long begin, long end, nint job) => Forward<BFloat16Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void BackwardFloat32(long begin, long end, nint job) => Backward<Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void BackwardBFloat16(long begin, long end, nint job) => Backward<BFloat16Numbers>(begin, end, (Job*)job);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        var (size, shift, rounded) = (job->Size, Vector512.Create(job->Shift), job->IsRoundedFirst);
        for (var row = begin; row < end; row++)
        {
            byte* input = job->Input + (row * size * T.Size), result = job->Result + (row * size * T.Size);
            var squares = Vector512<float>.Zero;
            var i = 0L;
            for (; i + RowMath.Width <= size; i += RowMath.Width)
            {
                var x = T.Load(input + (i * T.Size));
                squares = Vector512.FusedMultiplyAdd(x, x, squares);
            }

            var sum = Vector512.Sum(squares);
            for (; i < size; i++)
            {
                var x = T.LoadOne(input + (i * T.Size));
                sum += x * x;
            }

            var factor = Vector512.Create(1 / MathF.Sqrt((sum / size) + job->Epsilon));
            for (i = 0; i + RowMath.Width <= size; i += RowMath.Width)
            {
                var at = i * T.Size;
                T.Store(Scaled<T>(T.Load(input + at) * factor, T.Load(job->Scale + at) + shift, rounded), result + at);
            }

            for (; i < size; i++)
            {
                var at = i * T.Size;
                var (x, scale) = (Vector512.Create(T.LoadOne(input + at)), Vector512.Create(T.LoadOne(job->Scale + at)));
                T.StoreOne(Scaled<T>(x * factor, scale + shift, rounded)[0], result + at);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Scaled<T>(Vector512<float> x, Vector512<float> scale, bool rounded)
        where T : struct, IRowNumbers => (rounded ? T.Round(x) : x) * scale;

    // With r the inverse root, s the scale and n the size: r·(s·g − x·r²·Σ(s·g·x)/n), and g·x·r for the scale.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        var (size, shift) = (job->Size, Vector512.Create(job->Shift));
        for (var row = begin * RowsOfPiece; row < Math.Min(end * RowsOfPiece, job->Rows); row++)
        {
            var offset = row * size * T.Size;
            byte* input = job->Input + offset, gradient = job->Gradient + offset, result = job->Result + offset;
            var (squares, products) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var i = 0L;
            for (; i + RowMath.Width <= size; i += RowMath.Width)
            {
                var at = i * T.Size;
                var x = T.Load(input + at);
                squares = Vector512.FusedMultiplyAdd(x, x, squares);
                products = Vector512.FusedMultiplyAdd(T.Load(gradient + at) * (T.Load(job->Scale + at) + shift), x, products);
            }

            var (square, product) = (Vector512.Sum(squares), Vector512.Sum(products));
            for (; i < size; i++)
            {
                var at = i * T.Size;
                var x = T.LoadOne(input + at);
                square += x * x;
                product += T.LoadOne(gradient + at) * (T.LoadOne(job->Scale + at) + job->Shift) * x;
            }

            var root = 1 / MathF.Sqrt((square / size) + job->Epsilon);
            var (factor, pull) = (Vector512.Create(root), Vector512.Create(root * root * product / size));
            var sums = job->Sums == null ? null : job->Sums + (row / RowsOfPiece * size);
            for (i = 0; i + RowMath.Width <= size; i += RowMath.Width)
            {
                var at = i * T.Size;
                var (x, g) = (T.Load(input + at), T.Load(gradient + at));
                T.Store(((g * (T.Load(job->Scale + at) + shift)) - (x * pull)) * factor, result + at);
                if (sums != null)
                {
                    Vector512.FusedMultiplyAdd(g, x * factor, Vector512.Load(sums + i)).Store(sums + i);
                }
            }

            for (; i < size; i++)
            {
                var at = i * T.Size;
                var (x, g) = (T.LoadOne(input + at), T.LoadOne(gradient + at));
                T.StoreOne(((g * (T.LoadOne(job->Scale + at) + job->Shift)) - (x * pull[0])) * root, result + at);
                if (sums != null)
                {
                    sums[i] += g * x * root;
                }
            }
        }
    }

    private struct Job
    {
        public byte* Input, Scale, Gradient, Result;
        public float* Sums;
        public long Rows, Size;
        public float Epsilon, Shift;
        public bool IsRoundedFirst;
    }
}
