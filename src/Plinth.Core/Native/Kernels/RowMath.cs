using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Plinth.Core.Native.Kernels;

/// <summary>Functions of sixteen float32 at a time.</summary>
internal static unsafe class RowMath
{
    /// <summary>Numbers that a register holds.</summary>
    public const int Width = 16;

    // Below it the result would be subnormal.
    private const float SmallestExponent = -87.3f, LargestExponent = 88.3f;

    /// <summary>
    /// eˣ to within two units in the last place; 0 below -87.3, and e^88.3 above 88.3. x = n·ln 2 + r with |r| ≤ ½ ln 2, and the Taylor
    /// series of eʳ to the seventh power, whose rest is below 6·10⁻⁹.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var bounded = Vector512.Min(Vector512.Max(x, Vector512.Create(SmallestExponent)), Vector512.Create(LargestExponent));
        var n = Vector512.Round(bounded * 1.44269504f);
        // ln 2 in two parts, the first of which times n is exact.
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), bounded);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var sum = Vector512.FusedMultiplyAdd(r, Vector512.Create(1f / 5040), Vector512.Create(1f / 720));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1f / 120));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1f / 24));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1f / 6));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.5f));
        sum = Vector512.FusedMultiplyAdd(sum, r * r, r + Vector512<float>.One);
        var power = (Vector512.ConvertToInt32(n) + Vector512.Create(127)) << 23;
        var result = sum * power.AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(SmallestExponent)), Vector512<float>.Zero, result);
    }

    /// <summary>The largest of sixteen.</summary>
    public static float Largest(Vector512<float> values)
    {
        var half = Vector256.Max(values.GetLower(), values.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        var pair = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(pair[0], pair[1]);
    }

    /// <summary>How many pieces of a size a count makes, a last one that is not full among them.</summary>
    public static long Pieces(long count, long size) => (count + size - 1) / size;

    /// <summary>A count up to a whole number of registers.</summary>
    public static long Padded(long count) => Pieces(count, Width) * Width;

    /// <summary>Replaces numbers by e to their power less the largest, as numbers of T, which begin where the others began.</summary>
    /// <param name="numbers">The numbers; float32.</param>
    /// <param name="count">How many; whole registers are read and written.</param>
    /// <param name="largest">The largest of them.</param>
    /// <returns>Their sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Exponentiate<T>(float* numbers, long count, float largest)
        where T : struct, IRowNumbers
    {
        var sum = Vector512<float>.Zero;
        for (var i = 0L; i < count; i += Width)
        {
            var power = Exp(Vector512.Load(numbers + i) - Vector512.Create(largest));
            T.Store(power, (byte*)numbers + (i * T.Size));
            sum += power;
        }

        return Vector512.Sum(sum);
    }
}
