using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// Rows brought to a common scale: layer norms (Ba et al. 2016, arXiv:1607.06450), and those by the root mean square alone (Zhang, Sennrich 2019,
/// arXiv:1910.07467), which subtract no mean. The sum that a transformer's block norms is made in the same walk over memory, and so are the
/// gradients that come together there. The arithmetic is float32 for bfloat16 too.
/// </summary>
public static unsafe class LayerNormKernel
{
    // The gradients of scale and shift are summed over so many rows at a time, and then over these sums: in the same order with any number of threads.
    private const long RowsOfPiece = 64;

    private const long Grain = 1L << 14;

    /// <summary>Which norm.</summary>
    /// <param name="Epsilon">Added to the variance or the mean square.</param>
    /// <param name="IsCentered">Whether the mean is subtracted first.</param>
    /// <param name="IsFromOne">Whether 1 is added to the scale.</param>
    /// <param name="IsRoundedFirst">Whether a bfloat16 row is rounded before it is scaled too, as Llama's is.</param>
    public sealed record Form(double Epsilon, bool IsCentered, bool IsFromOne = false, bool IsRoundedFirst = false);

    /// <summary>What the gradients are by.</summary>
    /// <param name="Input">By the input, and by what was added to it; <c>[..., size]</c>.</param>
    /// <param name="Scale"><c>[size]</c>, or null where none was asked for.</param>
    /// <param name="Shift">The same.</param>
    public sealed record Gradients(Tensor Input, Tensor? Scale, Tensor? Shift);

    /// <summary>Whether the kernel can do it on this machine.</summary>
    /// <param name="input"><c>[..., size]</c>; a row is to be a whole number of registers.</param>
    /// <param name="scale"><c>[size]</c>.</param>
    /// <param name="shift"><c>[size]</c>, or null.</param>
    public static bool Suits(Tensor input, Tensor scale, Tensor? shift)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(scale);
        return RowKernel.Suits(input) && input.dim() > 0 && input.numel() > 0 && input.size(-1) % RowMath.Width == 0 && IsRow(scale) && (shift is null || IsRow(shift));

        bool IsRow(Tensor row) =>
            RowKernel.Suits(row) && row.dtype == input.dtype && row.is_contiguous() && row.dim() == 1 && row.size(0) == input.size(-1);
    }

    /// <summary>The scaled rows.</summary>
    /// <param name="input">Contiguous, float32 or bfloat16; <c>[..., size]</c>.</param>
    /// <param name="added">Added to it first, the same in all; or null.</param>
    /// <param name="scale">The same numbers; <c>[size]</c>.</param>
    /// <param name="shift">Added at the end, <c>[size]</c>; or null.</param>
    /// <param name="form">Which norm.</param>
    /// <returns>The sum, which is the input where nothing is added, and the norm of it; <c>[..., size]</c>.</returns>
    public static (Tensor Sum, Tensor Normed) Forward(Tensor input, Tensor? added, Tensor scale, Tensor? shift, Form form)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(scale);
        var sum = added is null ? input : empty(input.shape, input.dtype);
        var normed = empty(input.shape, input.dtype);
        var job = JobOf(input, scale, form);
        job.Added = RowKernel.AddressOf(added);
        job.Shift = RowKernel.AddressOf(shift);
        job.Sum = RowKernel.AddressOf(sum);
        job.Result = RowKernel.AddressOf(normed);
        RowKernel.Run(job.Rows, Math.Max(1, Grain / job.Size), input.dtype == ScalarType.Float32 ? &ForwardFloat32 : &ForwardBFloat16, job);
        RowKernel.Keep(input, added, scale, shift, sum);
        return (sum, normed);
    }

    /// <summary>The gradients.</summary>
    /// <param name="sum">What was normed; contiguous <c>[..., size]</c>.</param>
    /// <param name="scale">The scale.</param>
    /// <param name="gradient">Gradient by the norm, contiguous; <c>[..., size]</c>.</param>
    /// <param name="ofSum">What else the gradient by the sum consists of, contiguous <c>[..., size]</c>; or null.</param>
    /// <param name="form">As before.</param>
    /// <param name="ofScale">Whether that by the scale is wanted.</param>
    /// <param name="ofShift">Whether that by the shift is.</param>
    public static Gradients Backward(Tensor sum, Tensor scale, Tensor gradient, Tensor? ofSum, Form form, bool ofScale, bool ofShift)
    {
        ArgumentNullException.ThrowIfNull(sum);
        ArgumentNullException.ThrowIfNull(scale);
        ArgumentNullException.ThrowIfNull(gradient);
        var result = empty(sum.shape, sum.dtype);
        var job = JobOf(sum, scale, form);
        var pieces = RowMath.Pieces(job.Rows, RowsOfPiece);
        using var scaleSums = ofScale ? zeros([pieces, job.Size], ScalarType.Float32) : null;
        using var shiftSums = ofShift ? zeros([pieces, job.Size], ScalarType.Float32) : null;
        job.Gradient = RowKernel.AddressOf(gradient);
        job.Added = RowKernel.AddressOf(ofSum);
        job.Result = RowKernel.AddressOf(result);
        job.ScaleSums = (float*)RowKernel.AddressOf(scaleSums);
        job.ShiftSums = (float*)RowKernel.AddressOf(shiftSums);
        RowKernel.Run(pieces, 1, sum.dtype == ScalarType.Float32 ? &BackwardFloat32 : &BackwardBFloat16, job);
        RowKernel.Keep(sum, scale, gradient, ofSum, result);
        return new(result, Total(scaleSums), Total(shiftSums));

        Tensor? Total(Tensor? sums) => sums?.sum([0L]).to(scale.dtype);
    }

    private static Job JobOf(Tensor input, Tensor scale, Form form) => new()
    {
        Input = RowKernel.AddressOf(input), Scale = RowKernel.AddressOf(scale), Rows = input.numel() / scale.size(0), Size = scale.size(0), Epsilon = (float)form.Epsilon,
        First = form.IsFromOne ? 1 : 0, IsCentered = form.IsCentered, IsRoundedFirst = form.IsRoundedFirst,
    };

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ForwardFloat32(long begin, long end, nint job) => Forward<Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ForwardBFloat16(long begin, long end, nint job) => Forward<BFloat16Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void BackwardFloat32(long begin, long end, nint job) => Backward<Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void BackwardBFloat16(long begin, long end, nint job) => Backward<BFloat16Numbers>(begin, end, (Job*)job);

    // A row is read again from the caches for each sum: the squares of what is far from 0 have lost the digits of a small variance.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        var (size, first, rounded) = (job->Size, Vector512.Create(job->First), job->IsRoundedFirst);
        for (var row = begin; row < end; row++)
        {
            var offset = row * size * T.Size;
            byte* input = job->Input + offset, sum = job->Sum + offset, result = job->Result + offset;
            if (job->Added != null)
            {
                byte* added = job->Added + offset;
                for (var i = 0L; i < size; i += RowMath.Width)
                {
                    var at = i * T.Size;
                    T.Store(T.Load(input + at) + T.Load(added + at), sum + at);
                }
            }

            var mean = job->IsCentered ? Mean<T>(sum, size) : Vector512<float>.Zero;
            var squares = Vector512<float>.Zero;
            for (var i = 0L; i < size; i += RowMath.Width)
            {
                var away = T.Load(sum + (i * T.Size)) - mean;
                squares = Vector512.FusedMultiplyAdd(away, away, squares);
            }

            var factor = Vector512.Create(1 / MathF.Sqrt((Vector512.Sum(squares) / size) + job->Epsilon));
            for (var i = 0L; i < size; i += RowMath.Width)
            {
                var at = i * T.Size;
                var scaled = (T.Load(sum + at) - mean) * factor;
                scaled = (rounded ? T.Round(scaled) : scaled) * (T.Load(job->Scale + at) + first);
                T.Store(job->Shift == null ? scaled : scaled + T.Load(job->Shift + at), result + at);
            }
        }
    }

    // With x the numbers less their mean, r the inverse root, a = scale · gradient and n the size: r·(a − Σa/n − x·r²·Σ(a·x)/n), where what is not
    // centered has no Σa; and gradient · x · r for the scale.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<T>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
    {
        var (size, first) = (job->Size, Vector512.Create(job->First));
        for (var row = begin * RowsOfPiece; row < Math.Min(end * RowsOfPiece, job->Rows); row++)
        {
            var offset = row * size * T.Size;
            byte* input = job->Input + offset, gradient = job->Gradient + offset, result = job->Result + offset;
            byte* added = job->Added == null ? null : job->Added + offset;
            var mean = job->IsCentered ? Mean<T>(input, size) : Vector512<float>.Zero;
            var (squares, products, totals) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            for (var i = 0L; i < size; i += RowMath.Width)
            {
                var at = i * T.Size;
                var away = T.Load(input + at) - mean;
                var scaled = T.Load(gradient + at) * (T.Load(job->Scale + at) + first);
                squares = Vector512.FusedMultiplyAdd(away, away, squares);
                products = Vector512.FusedMultiplyAdd(scaled, away, products);
                totals += scaled;
            }

            var root = 1 / MathF.Sqrt((Vector512.Sum(squares) / size) + job->Epsilon);
            var (factor, pull) = (Vector512.Create(root), Vector512.Create(root * root * Vector512.Sum(products) / size));
            var middle = job->IsCentered ? Vector512.Create(Vector512.Sum(totals) / size) : Vector512<float>.Zero;
            var piece = row / RowsOfPiece * size;
            for (var i = 0L; i < size; i += RowMath.Width)
            {
                var at = i * T.Size;
                var (away, own) = (T.Load(input + at) - mean, T.Load(gradient + at));
                var by = ((own * (T.Load(job->Scale + at) + first)) - middle - (away * pull)) * factor;
                T.Store(added == null ? by : by + T.Load(added + at), result + at);
                if (job->ScaleSums != null)
                {
                    var sums = job->ScaleSums + piece + i;
                    Vector512.FusedMultiplyAdd(own, away * factor, Vector512.Load(sums)).Store(sums);
                }

                if (job->ShiftSums != null)
                {
                    var sums = job->ShiftSums + piece + i;
                    (own + Vector512.Load(sums)).Store(sums);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Mean<T>(byte* row, long size)
        where T : struct, IRowNumbers
    {
        var total = Vector512<float>.Zero;
        for (var i = 0L; i < size; i += RowMath.Width)
        {
            total += T.Load(row + (i * T.Size));
        }

        return Vector512.Create(Vector512.Sum(total) / size);
    }

    private struct Job
    {
        public byte* Input, Added, Scale, Shift, Gradient, Sum, Result;
        public float* ScaleSums, ShiftSums;
        public long Rows, Size;
        public float Epsilon, First;
        public bool IsCentered, IsRoundedFirst;
    }
}
