using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native.Kernels;

/// <summary>
/// Adam (Kingma and Ba 2014, arXiv:1412.6980) on the processor in one walk over memory, which is what bounds it: gradients are read as passes left
/// them, and weights that a model has in bfloat16 are written beside their float32 masters. Moments may be bfloat16: they are rounded by chance, which
/// is drawn from their places. What each number becomes does not depend on the number of threads.
/// </summary>
public static unsafe class AdamKernel
{
    private const long Grain = 1L << 15;

    // Numbers of each stream that are asked for before they are needed. A processor does so by itself, but not across the border of a page, of which
    // this has five at a time: 3 to 10 % less time for 124 million weights on an AMD EPYC (Zen 5), the more the busier its memory is.
    private const long Ahead = 512;

    /// <summary>What one step does to all numbers alike.</summary>
    /// <param name="Rate">Learning rate.</param>
    /// <param name="Beta1">How much of the mean gradient is kept.</param>
    /// <param name="Beta2">How much of the mean square is kept.</param>
    /// <param name="Epsilon">Added to the root of the mean square.</param>
    /// <param name="Decay">Weight decay.</param>
    /// <param name="IsDecoupled">Whether weights decay by themselves (Loshchilov and Hutter 2017, arXiv:1711.05101) and not through the gradient.</param>
    /// <param name="Step">Steps made, this one included.</param>
    /// <param name="Divisor">What gradients are divided by.</param>
    public readonly record struct Settings(double Rate, double Beta1, double Beta2, double Epsilon, double Decay, bool IsDecoupled, long Step, double Divisor)
    {
        /// <summary>What moments in bfloat16 are rounded by: another one for each weight and step.</summary>
        public long Seed { get; init; }
    }

    /// <summary>What belongs to one weight.</summary>
    /// <param name="Value">What is changed; float32 <c>[...]</c>, contiguous like all others.</param>
    /// <param name="Gradient">Float32 or bfloat16 <c>[...]</c>.</param>
    /// <param name="Mean">Mean gradient; float32 or bfloat16 <c>[...]</c>.</param>
    /// <param name="Square">Mean square of the gradient; the same numbers, <c>[...]</c>.</param>
    /// <param name="Rounded">Where the new value is written in bfloat16 too, or null; <c>[...]</c>.</param>
    public sealed record Weight(Tensor Value, Tensor Gradient, Tensor Mean, Tensor Square, Tensor? Rounded);

    /// <summary>Whether the kernel can do it on this machine.</summary>
    /// <param name="value">What is to be changed.</param>
    /// <param name="gradient">Its gradient.</param>
    public static bool Suits(Tensor value, Tensor gradient)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(gradient);
        return RowKernel.Suits(gradient) && value.dtype == ScalarType.Float32 && value.device_type == DeviceType.CPU && value.is_contiguous() && gradient.is_contiguous();
    }

    /// <summary>Makes one step.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="settings">What is done.</param>
    /// <exception cref="ArgumentException">The tensors differ in size.</exception>
    public static void Step(Weight weight, Settings settings)
    {
        ArgumentNullException.ThrowIfNull(weight);
        var count = weight.Value.numel();
        if (weight.Gradient.numel() != count || weight.Mean.numel() != count || weight.Square.numel() != count || (weight.Rounded ?? weight.Value).numel() != count)
        {
            throw new ArgumentException($"A weight of {count} numbers needs a gradient and a state of as many.", nameof(weight));
        }

        if (weight.Mean.dtype != weight.Square.dtype || !RowKernel.Suits(weight.Mean))
        {
            throw new ArgumentException("Both moments of a weight are float32, or both bfloat16.", nameof(weight));
        }

        var (first, second) = (1 - Math.Pow(settings.Beta1, settings.Step), 1 - Math.Pow(settings.Beta2, settings.Step));
        var job = new Job
        {
            Value = (float*)RowKernel.AddressOf(weight.Value), Gradient = RowKernel.AddressOf(weight.Gradient),
            Mean = RowKernel.AddressOf(weight.Mean), Square = RowKernel.AddressOf(weight.Square), Seed = (uint)(settings.Seed ^ (settings.Seed >> 32)),
            Rounded = weight.Rounded is { } rounded ? RowKernel.AddressOf(rounded) : null,
            Factors = new()
            {
                GradientFactor = (float)(1 / settings.Divisor), Added = settings.IsDecoupled ? 0 : (float)settings.Decay,
                Kept = settings.IsDecoupled ? (float)(1 - (settings.Rate * settings.Decay)) : 1,
                MeanShare = (float)(1 - settings.Beta1), SquareKept = (float)settings.Beta2, SquareShare = (float)(1 - settings.Beta2),
                RootFactor = (float)(1 / Math.Sqrt(second)), Epsilon = (float)settings.Epsilon, Size = (float)(settings.Rate / first),
            },
        };
        if (weight.Mean.dtype == ScalarType.Float32)
        {
            RowKernel.Run(count, Grain, weight.Gradient.dtype == ScalarType.Float32 ? &RunFloat32 : &RunBFloat16, job);
        }
        else
        {
            RowKernel.Run(count, Grain, weight.Gradient.dtype == ScalarType.Float32 ? &RunFloat32Small : &RunBFloat16Small, job);
        }

        GC.KeepAlive(weight);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunFloat32(long begin, long end, nint job) => Run<Float32Numbers, Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunBFloat16(long begin, long end, nint job) => Run<BFloat16Numbers, Float32Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunFloat32Small(long begin, long end, nint job) => Run<Float32Numbers, BFloat16Numbers>(begin, end, (Job*)job);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunBFloat16Small(long begin, long end, nint job) => Run<BFloat16Numbers, BFloat16Numbers>(begin, end, (Job*)job);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T, TMoment>(long begin, long end, Job* job)
        where T : struct, IRowNumbers
        where TMoment : struct, IRowNumbers
    {
        var factors = job->Factors;
        var values = job->Value;
        byte* gradients = job->Gradient, means = job->Mean, squares = job->Square, rounded = job->Rounded;
        var i = begin;
        for (; i + RowMath.Width <= end; i += RowMath.Width)
        {
            // What is asked for beyond the end is not read.
            var next = i + Ahead;
            Sse.Prefetch0(values + next);
            Sse.Prefetch0(means + (next * TMoment.Size));
            Sse.Prefetch0(squares + (next * TMoment.Size));
            Sse.Prefetch0(gradients + (next * T.Size));
            var (value, mean, square) = (Vector512.Load(values + i), TMoment.Load(means + (i * TMoment.Size)), TMoment.Load(squares + (i * TMoment.Size)));
            Change(in factors, T.Load(gradients + (i * T.Size)), ref value, ref mean, ref square);
            value.Store(values + i);
            var chance = Chance<TMoment>(i, job->Seed);
            TMoment.StoreByChance(mean, chance & Vector512.Create(0xFFFFu), means + (i * TMoment.Size));
            TMoment.StoreByChance(square, chance >> 16, squares + (i * TMoment.Size));
            if (rounded != null)
            {
                BFloat16Numbers.Store(value, rounded + (i * BFloat16Numbers.Size));
            }
        }

        for (; i < end; i++)
        {
            var (value, mean, square) = (Vector512.Create(values[i]), Vector512.Create(TMoment.LoadOne(means + (i * TMoment.Size))), Vector512.Create(TMoment.LoadOne(squares + (i * TMoment.Size))));
            Change(in factors, Vector512.Create(T.LoadOne(gradients + (i * T.Size))), ref value, ref mean, ref square);
            values[i] = value[0];
            var chance = Chance<TMoment>(i, job->Seed)[0];
            TMoment.StoreOneByChance(mean[0], chance & 0xFFFF, means + (i * TMoment.Size));
            TMoment.StoreOneByChance(square[0], chance >> 16, squares + (i * TMoment.Size));
            if (rounded != null)
            {
                BFloat16Numbers.StoreOne(value[0], rounded + (i * BFloat16Numbers.Size));
            }
        }
    }

    // 32 bits for each of sixteen places, which look like chance: places are mixed as a hash table would mix its keys.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Chance<TMoment>(long place, uint seed)
        where TMoment : struct, IRowNumbers
    {
        if (TMoment.OfWord == 1)
        {
            return default;
        }

        var mixed = (Vector512.Create((uint)place) + Vector512<uint>.Indices) * 0x9E3779B1u;
        mixed = (mixed ^ (mixed >> 15) ^ Vector512.Create(seed)) * 0x85EBCA77u;
        mixed = (mixed ^ (mixed >> 13)) * 0xC2B2AE3Du;
        return mixed ^ (mixed >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Change(in Factors f, Vector512<float> gradient, ref Vector512<float> value, ref Vector512<float> mean, ref Vector512<float> square)
    {
        gradient = Vector512.FusedMultiplyAdd(value, Vector512.Create(f.Added), gradient * f.GradientFactor);
        mean = Vector512.FusedMultiplyAdd(gradient - mean, Vector512.Create(f.MeanShare), mean);
        square = Vector512.FusedMultiplyAdd(gradient * gradient, Vector512.Create(f.SquareShare), square * f.SquareKept);
        var root = Vector512.FusedMultiplyAdd(Vector512.Sqrt(square), Vector512.Create(f.RootFactor), Vector512.Create(f.Epsilon));
        value = Vector512.FusedMultiplyAdd(mean / root, Vector512.Create(-f.Size), value * f.Kept);
    }

    private struct Factors
    {
        public float GradientFactor, Added, Kept, MeanShare, SquareKept, SquareShare, RootFactor, Epsilon, Size;
    }

    private struct Job
    {
        public float* Value;
        public byte* Gradient, Mean, Square, Rounded;
        public uint Seed;
        public Factors Factors;
    }
}
